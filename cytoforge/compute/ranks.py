"""One training in several processes: who we are, and sums over all of us.

Without `torch.distributed` there is one process, and every function returns what it was given.
"""

from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def world_size() -> int:
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return this process's number; process 0 alone writes files."""
    return dist.get_rank() if world_size() > 1 else 0


def sum_over_ranks(values: Tensor) -> Tensor:
    """Return the sum of all processes' values; gradients flow back to every process."""
    if world_size() == 1:
        return values
    summed: Tensor = _Sum.apply(values)
    return summed


class _Sum(torch.autograd.Function):
    """Every process's result is the sum of all values, so a value's gradient is the sum of all."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return _summed(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _summed(gradients[0])


def _summed(values: Tensor) -> Tensor:
    total = values.detach().clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total


def own_rows(values: Tensor) -> Tensor:
    """Return this process's rows of something drawn for the whole batch, (B, …) → (B / n, …)."""
    return values.chunk(world_size())[rank()]


def all_rows(values: Tensor) -> Tensor:
    """Return all processes' rows, (B / n, …) → (B, …), without gradients."""
    if world_size() == 1:
        return values
    found = [torch.empty_like(values) for _ in range(world_size())]
    dist.all_gather(found, values.detach().contiguous())
    return torch.cat(found)


def average_gradients(networks: Iterable[nn.Module]) -> None:
    """Replace gradients by their mean over processes.

    One message per network instead of one per layer, after the backward pass: exact in any order of
    several losses and networks, where DistributedDataParallel's hooks expect a single one.
    """
    if world_size() == 1:
        return
    for network in networks:
        found = [weight.grad for weight in network.parameters() if weight.grad is not None]
        if not found:
            continue
        flat = torch.cat([gradient.flatten() for gradient in found])
        dist.all_reduce(flat)
        flat /= world_size()
        parts = flat.split([gradient.numel() for gradient in found])
        for gradient, mean in zip(found, parts, strict=True):
            gradient.copy_(mean.view_as(gradient))


def agreed(value: Any) -> Any:
    """Return process 0's value in every process."""
    if world_size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]
