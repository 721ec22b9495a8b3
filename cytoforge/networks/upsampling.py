"""Ways to double height and width."""

from typing import Literal

from torch import nn

from cytoforge.networks.convolution import Conv2d, ConvTranspose2d

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
    return [
        nn.Upsample(scale_factor=2, mode="bilinear"),
        Conv2d(inputs, outputs, 3, 1, 1, bias=bias),
    ]
