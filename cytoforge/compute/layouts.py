"""How maps and weights lie in memory, and in which dtype layers compute.

Maps are (B, C, H, W) throughout; "channels last" is torch's name for (B, H, W, C) in memory.
"""

import torch
from torch import Tensor


def is_channels_last(x: Tensor) -> bool:
    """Return whether (B, C, H, W) lies as (B, H, W, C) in memory; False where both are the same.

    >>> is_channels_last(torch.zeros(1, 3, 4, 4).to(memory_format=torch.channels_last))
    True
    """
    return not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last)


def weight_rows(weight: Tensor) -> Tensor:
    """Return weights (O, I, k, k) as (O, I k k), or (O, k k I) where they lie in that order.

    A view in both cases: they are many, and a copy of them would cost more than their product.

    >>> weight_rows(torch.zeros(5, 3, 2, 2)).shape
    torch.Size([5, 12])
    """
    return (weight.permute(0, 2, 3, 1) if is_channels_last(weight) else weight).flatten(1)


def without_autocast(x: Tensor) -> torch.autocast:
    """Return a context in which layers compute in the dtype of their input."""
    return torch.autocast("cuda" if x.is_cuda else "cpu", enabled=False)
