"""Generator of OASIS (Schönfeld et al. 2021, arXiv:2012.04781): SPADE blocks from the condition."""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.spade import SLOPE, SpadeBlock, level_widths, shrink
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import upsample


class SpadeGenerator(nn.Module):
    """Grow an image from a small picture of the condition, which every layer sees again.

    The condition holds the noise as its first channels, so stem and SPADE layers all see noise
    and labels together. Between `blocks` blocks the map is doubled `blocks` − 1 times.
    """

    def __init__(
        self,
        inputs: int,  # channels of the condition, noise included
        outputs: int,  # channels of the image
        filters: int = 64,  # width of the last block; × 2, 4, 8, 16, 16, … before it
        blocks: int = 6,
        norm: str = "batch",  # batch or instance
        spade_filters: int = 128,
        spade_kernel: int = 3,
        spectral: bool = True,
        upsampling: str = "nearest",  # or bilinear
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        widths = level_widths(filters, blocks)
        self.stem = nn.Conv2d(inputs, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            SpadeBlock(wide, narrow, inputs, norm, spade_filters, spade_kernel, spectral)
            for wide, narrow in itertools.pairwise(widths)
        )
        self.output = Conv2d(widths[-1], outputs, 3, padding=1)

    def forward(self, condition: Tensor) -> Tensor:  # (B, inputs, H, W)
        factor = 2 ** (len(self.blocks) - 1)
        check_multiple(condition.shape, factor, "generator's blocks")
        x = self.stem(shrink(condition, factor))  # (B, widths[0], H / factor, W / factor)
        for level, block in enumerate(self.blocks):
            if level:
                x = upsample(x, self.upsampling)
                factor //= 2
            x = block(x, shrink(condition, factor))  # (B, widths[level + 1], H / factor, …)
        return torch.tanh(self.output(F.leaky_relu(x, SLOPE)))  # (B, outputs, H, W) in [-1, 1]
