"""Generator that works on Haar bands: the medical variant of OASIS, as its residual "variant 9"."""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.resampling import upsample
from cytoforge.networks.haar import haar, inverse_haar
from cytoforge.networks.spade import SLOPE, Spade, free_norm, level_widths, shrink
from cytoforge.networks.spectral import convolution


class WaveletGenerator(nn.Module):
    """As `SpadeGenerator`, on four bands of half the size for each filter.

    Convolutions work on bands, SPADE on the pixels that the bands stand for. Between blocks the
    main path is doubled by repeating, as its high bands are detail that the next block makes; the
    skip path goes through pixels (inverse transform, bilinear doubling, transform). What is known
    of the variant are the two doublings and their sum, not where the activation stands: here it is
    on bands, before each convolution.
    """

    def __init__(
        self,
        in_channels: int,  # of the condition, noise included
        out_channels: int,  # of the image
        filters: int = 16,  # width of the last block in pixels: a quarter of its bands
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
        self.stem = nn.Conv2d(in_channels, 4 * widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            WaveletBlock(
                wide, narrow, in_channels, norm, spade_filters, spade_kernel_size, spectral
            )
            for wide, narrow in itertools.pairwise(widths)
        )
        self.output = nn.Conv2d(4 * widths[-1], 4 * out_channels, 1)

    def forward(self, condition: Tensor) -> Tensor:  # (B, in_channels, H, W)
        factor = 2 ** len(self.blocks)
        bands = self.stem(shrink(condition, factor))  # (B, 4 widths[0], H / factor, W / factor)
        for level, block in enumerate(self.blocks):
            factor //= 2  # of the pixels, twice the size of the bands
            skip, main = block(bands, shrink(condition, factor))
            if level < len(self.blocks) - 1:
                skip = double_bands(skip)
                main = upsample(main, self.upsampling)
            bands = skip + main  # (B, 4 widths[level + 1], …)
        bands = self.output(F.leaky_relu(bands, SLOPE))  # (B, 4 out_channels, H / 2, W / 2)
        return torch.tanh(inverse_haar(bands))  # (B, out_channels, H, W) in [-1, 1]


class WaveletBlock(nn.Module):
    """`SpadeBlock` on bands; its skip path and its main path are handed out separately."""

    def __init__(
        self,
        in_channels: int,  # in pixels; the bands are four times as many
        out_channels: int,
        condition_channels: int,
        norm: str,
        hidden_channels: int,
        kernel_size: int,
        spectral: bool,
    ) -> None:
        super().__init__()
        inner = min(in_channels, out_channels)
        sizes = condition_channels, hidden_channels, kernel_size
        self.norm_in = free_norm(norm, in_channels)
        self.spade_in = Spade(in_channels, *sizes)
        self.first = convolution(4 * in_channels, 4 * inner, spectral=spectral)
        self.norm_inner = free_norm(norm, inner)
        self.spade_inner = Spade(inner, *sizes)
        self.second = convolution(4 * inner, 4 * out_channels, spectral=spectral)
        self.width_changes = in_channels != out_channels
        if self.width_changes:
            self.spade_shortcut = Spade(in_channels, *sizes)
            self.shortcut = convolution(
                4 * in_channels, 4 * out_channels, 1, spectral=spectral, bias=False
            )

    def forward(self, bands: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        normalised = self.norm_in(inverse_haar(bands))  # (B, in_channels, 2 H, 2 W)
        skip, main = bands, haar(self.spade_in(normalised, condition))
        if self.width_changes:
            skip = self.shortcut(haar(self.spade_shortcut(normalised, condition)))
        main = self.first(F.leaky_relu(main, SLOPE))  # (B, 4 inner, H, W)
        pixels = self.norm_inner(inverse_haar(main))  # (B, inner, 2 H, 2 W)
        main = F.leaky_relu(haar(self.spade_inner(pixels, condition)), SLOPE)
        return skip, self.second(main)  # (B, 4 out_channels, H, W) each


def double_bands(bands: Tensor) -> Tensor:
    """Return the bands of the picture, doubled bilinearly, that `bands` stand for."""
    pixels = F.interpolate(
        inverse_haar(bands), scale_factor=2.0, mode="bilinear", align_corners=False
    )
    return haar(pixels)
