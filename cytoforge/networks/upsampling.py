"""Ways to double height and width."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d, ConvTranspose2d
from cytoforge.compute.products import is_channels_last
from cytoforge.networks.layers import without_autocast

Upsampling = Literal["transposed", "resize"]


def doubling(
    inputs: int, outputs: int, bias: bool, upsampling: Upsampling, kernel: int = 4
) -> list[nn.Module]:
    """Layers that double height and width.

    A stride-2 transposed convolution is the original's, 4×4 in the U-Net and 3×3 in the ResNet;
    bilinear doubling before a 3×3 convolution cannot make checkerboards (Odena et al. 2016,
    doi:10.23915/distill.00003).
    """
    if upsampling == "transposed":
        # 3×3 gives 2 n − 1 pixels; the padding of the output adds the one that is missing.
        missing = 4 - kernel
        return [ConvTranspose2d(inputs, outputs, kernel, 2, 1, output_padding=missing, bias=bias)]
    return [Bilinear(), Conv2d(inputs, outputs, 3, 1, 1, bias=bias)]


class Bilinear(nn.Module):
    """Bilinear doubling as a layer."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        return upsample(x, "bilinear")  # (B, C, 2 H, 2 W)


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
    """Return bilinear doubling as three quarters of a line and one of its neighbour's, each way.

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
