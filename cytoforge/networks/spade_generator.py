"""Generator of OASIS (Schönfeld et al. 2021, arXiv:2012.04781): SPADE blocks from the condition."""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.compute.resampling import upsample
from cytoforge.networks.spade import SLOPE, SpadeBlock, level_widths, shrink


class SpadeGenerator(nn.Module):
    """Generate an image from a small picture of the condition, which every layer sees again.

    The condition holds the noise as its first channels, so stem and SPADE layers all see noise
    and labels together. The map is doubled between blocks, `n_blocks` − 1 times,
    so sides are multiples of that power of 2.
    """

    def __init__(
        self,
        in_channels: int,  # of the condition, noise included
        out_channels: int,  # of the image
        filters: int = 64,  # width of the last block; × 2, 4, 8, 16, 16, … before it
        n_blocks: int = 6,
        norm: str = "batch",  # batch or instance
        spade_filters: int = 128,
        spade_kernel_size: int = 3,
        spectral: bool = True,
        upsampling: str = "nearest",  # or bilinear
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        widths = level_widths(filters, n_blocks)
        self.stem = nn.Conv2d(in_channels, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            SpadeBlock(wide, narrow, in_channels, norm, spade_filters, spade_kernel_size, spectral)
            for wide, narrow in itertools.pairwise(widths)
        )
        self.output = Conv2d(widths[-1], out_channels, 3, padding=1)

    def forward(self, condition: Tensor) -> Tensor:  # (B, in_channels, H, W)
        factor = 2 ** (len(self.blocks) - 1)
        x = self.stem(shrink(condition, factor))  # (B, widths[0], H / factor, W / factor)
        for level, block in enumerate(self.blocks):
            if level:
                x = upsample(x, self.upsampling)
                factor //= 2
            x = block(x, shrink(condition, factor))  # (B, widths[level + 1], H / factor, …)
        return torch.tanh(self.output(F.leaky_relu(x, SLOPE)))  # (B, out_channels, H, W) in [-1, 1]
