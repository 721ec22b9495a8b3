"""Layers that double height and width."""

from typing import Literal

from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d, ConvTranspose2d
from cytoforge.compute.resampling import upsample

Upsampling = Literal["transposed", "resize"]


def doubling(
    in_channels: int, out_channels: int, bias: bool, upsampling: Upsampling, kernel_size: int = 4
) -> list[nn.Module]:
    """Return layers from (B, in_channels, H, W) to (B, out_channels, 2 H, 2 W).

    A stride-2 transposed convolution is the original's, 4×4 in the U-Net and 3×3 in the ResNet;
    bilinear doubling before a 3×3 convolution cannot make checkerboards (Odena et al. 2016,
    doi:10.23915/distill.00003).
    """
    if upsampling == "resize":
        return [Bilinear(), Conv2d(in_channels, out_channels, 3, padding=1, bias=bias)]
    # 3×3 gives 2 n − 1 pixels; the padding of the output adds the one that is missing.
    missing = 4 - kernel_size
    return [
        ConvTranspose2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=2,
            padding=1,
            output_padding=missing,
            bias=bias,
        )
    ]


class Bilinear(nn.Module):
    """Bilinear doubling as a layer."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        return upsample(x, "bilinear")  # (B, C, 2 H, 2 W)
