"""Maps of twice the size, the same on every device and in any dtype."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.layouts import is_channels_last, without_autocast


def upsample(x: Tensor, mode: str) -> Tensor:
    """Return maps of twice the height and width, (B, C, H, W) → (B, C, 2 H, 2 W), in their dtype.

    On GPUs autocast would have them in fp32, and all that is added to them after; and torch's
    bilinear gradient there is a scattered sum, which `use_deterministic_algorithms` replaces by
    four gathers and four sorts.
    """
    if mode == "bilinear" and x.device.type == "cuda":
        return upsample_by_lines(x)
    with without_autocast(x):
        return F.interpolate(x, scale_factor=2.0, mode=mode)


def upsample_by_lines(x: Tensor) -> Tensor:
    """Return bilinear doubling as three quarters of a line and one of its neighbour's, along both
    axes.

    Nothing but slices, sums and products: whose gradient sums in a fixed order, and which compilers
    join with what stands around.
    """
    if is_channels_last(x):
        rows_first = _between(_between(x.permute(0, 2, 3, 1), 1), 2)  # (B, 2 H, 2 W, C)
        return rows_first.permute(0, 3, 1, 2)
    return _between(_between(x, 2), 3)


def _between(x: Tensor, axis: int) -> Tensor:
    """Double one axis; beyond the first and the last line are those lines again."""
    inner = x.shape[axis] - 1
    before = torch.cat([x.narrow(axis, 0, 1), x.narrow(axis, 0, inner)], axis)
    after = torch.cat([x.narrow(axis, 1, inner), x.narrow(axis, inner, 1)], axis)
    pairs = [torch.lerp(x, before, 0.25), torch.lerp(x, after, 0.25)]
    return torch.stack(pairs, axis + 1).flatten(axis, axis + 1)
