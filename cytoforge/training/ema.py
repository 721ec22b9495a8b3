"""Moving average of the weights that are kept."""

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


class MovingAverage(Generic[Network]):
    """A second network whose weights follow the trained one's slowly.

    Buffers are averaged too: batch-norm statistics then are a mean over hundreds of batches
    instead of the last ten, which is what makes `norm_stats: running` look right.

    Tensors are listed once, which at every step would take longer than averaging them: optimisers,
    norms and `load_state_dict` all write into the tensors that are there.
    """

    def __init__(self, source: Network, decay: float, ramp_up: float = 0.0) -> None:
        self.decay, self.ramp_up = decay, ramp_up
        self.network: Network = copy.deepcopy(source)
        self.network.requires_grad_(False)
        self._averages, self._values = _floats(self.network), _floats(source)
        self._counters, self._counts = _counters(self.network), _counters(source)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the trained network after step `step` (0 is the first).

        Early on the decay is (1 + step) / (10 + step), so the random start is soon forgotten; or,
        with a ramp, that which halves in a fraction `ramp_up` of the steps so far (StyleGAN2).
        """
        decay = min(self.decay, self._early(step))
        torch._foreach_lerp_(self._averages, self._values, 1 - decay)
        if self._counters:
            torch._foreach_copy_(self._counters, self._counts)

    def _early(self, step: int) -> float:
        if self.ramp_up:
            return float(0.5 ** (1 / (self.ramp_up * max(step, 1))))
        return (1 + step) / (10 + step)


def _floats(network: nn.Module) -> list[Tensor]:
    return [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]


def _counters(network: nn.Module) -> list[Tensor]:
    """Return batch norm's counters of batches."""
    return [tensor for tensor in network.state_dict().values() if not tensor.is_floating_point()]
