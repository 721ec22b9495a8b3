"""Generator that works on Haar bands: the medical variant of OASIS, as its residual "variant 9"."""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.haar import haar, inverse_haar
from cytoforge.networks.spade import SLOPE, Spade, free_norm, level_widths, shrink
from cytoforge.networks.spectral import convolution
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import upsample


class WaveletGenerator(nn.Module):
    """As `SpadeGenerator`, on four bands of half the size for each filter.

    Convolutions work on bands, SPADE on the pixels that the bands stand for. Between blocks the
    main path is doubled by repeating, as its high bands are detail to be found anew; the skip path
    goes through pixels (inverse transform, bilinear doubling, transform). The facts name the two
    doublings and their sum, not the place of the activation: it is on bands here, before each
    convolution.
    """

    def __init__(
        self,
        inputs: int,  # channels of the condition, noise included
        outputs: int,  # channels of the image
        filters: int = 16,  # width of the last block in pixels: a quarter of its bands
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
        self.stem = nn.Conv2d(inputs, 4 * widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            WaveletBlock(wide, narrow, inputs, norm, spade_filters, spade_kernel, spectral)
            for wide, narrow in itertools.pairwise(widths)
        )
        self.output = nn.Conv2d(4 * widths[-1], 4 * outputs, 1)

    def forward(self, condition: Tensor) -> Tensor:  # (B, inputs, H, W)
        factor = 2 ** len(self.blocks)
        check_multiple(condition.shape, factor, "generator's blocks")
        bands = self.stem(shrink(condition, factor))  # (B, 4 widths[0], H / factor, W / factor)
        for level, block in enumerate(self.blocks):
            factor //= 2  # of the pixels, twice the size of the bands
            skip, main = block(bands, shrink(condition, factor))
            if level < len(self.blocks) - 1:
                skip = double_bands(skip)
                main = upsample(main, self.upsampling)
            bands = skip + main  # (B, 4 widths[level + 1], …)
        bands = self.output(F.leaky_relu(bands, SLOPE))  # (B, 4 outputs, H / 2, W / 2)
        return torch.tanh(inverse_haar(bands))  # (B, outputs, H, W) in [-1, 1]


class WaveletBlock(nn.Module):
    """`SpadeBlock` on bands; its skip path and its main path are handed out separately."""

    def __init__(
        self,
        inputs: int,  # filters in pixels; the bands are four times as many
        outputs: int,
        condition: int,
        norm: str,
        hidden: int,
        kernel: int,
        spectral: bool,
    ) -> None:
        super().__init__()
        inner = min(inputs, outputs)
        self.norm_in = free_norm(norm, inputs)
        self.spade_in = Spade(inputs, condition, hidden, kernel)
        self.first = convolution(4 * inputs, 4 * inner, spectral=spectral)
        self.norm_inner = free_norm(norm, inner)
        self.spade_inner = Spade(inner, condition, hidden, kernel)
        self.second = convolution(4 * inner, 4 * outputs, spectral=spectral)
        self.spade_shortcut: Spade | None = None
        self.shortcut: nn.Conv2d | None = None
        if inputs != outputs:
            self.spade_shortcut = Spade(inputs, condition, hidden, kernel)
            self.shortcut = convolution(4 * inputs, 4 * outputs, 1, spectral=spectral, bias=False)

    def forward(self, bands: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        normalised = self.norm_in(inverse_haar(bands))  # (B, inputs, 2 H, 2 W)
        skip, main = bands, haar(self.spade_in(normalised, condition))
        if self.shortcut is not None and self.spade_shortcut is not None:
            skip = self.shortcut(haar(self.spade_shortcut(normalised, condition)))
        main = self.first(F.leaky_relu(main, SLOPE))  # (B, 4 inner, H, W)
        pixels = self.norm_inner(inverse_haar(main))  # (B, inner, 2 H, 2 W)
        main = F.leaky_relu(haar(self.spade_inner(pixels, condition)), SLOPE)
        return skip, self.second(main)  # (B, 4 outputs, H, W) each


def double_bands(bands: Tensor) -> Tensor:
    """Return the bands of the picture, doubled bilinearly, that `bands` stand for."""
    pixels = F.interpolate(
        inverse_haar(bands), scale_factor=2.0, mode="bilinear", align_corners=False
    )
    return haar(pixels)
