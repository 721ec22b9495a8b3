"""The networks of StyleGAN2 (Karras et al. 2020, arXiv:1912.04958): skip generator, residual
discriminator."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from cytoforge.networks.equalised import (
    Blur,
    Doubled,
    EqualConv2d,
    EqualLinear,
    ScaledLeaky,
    append_stddev,
)
from cytoforge.networks.modulation import ModulatedConv2d, ToChannels
from cytoforge.networks.style_mapping import StyleMapping

FIRST_PX = 4  # side of the generator's first map and of the discriminator's last


class StyleGan2(nn.Module):
    """Pictures of noise: a learned map of 4 × 4 px, doubled until it has `size_px`.

    Each size adds its channels to the picture of the size before, doubled.
    """

    def __init__(
        self,
        out_channels: int,
        size_px: int = 256,
        style_channels: int = 512,
        mapping_layers: int = 8,
        channel_base: int = 32768,
        channel_max: int = 512,
    ) -> None:
        super().__init__()
        sides = sides_of(size_px)
        widths = widths_of(sides, channel_base, channel_max)
        self.mapping = StyleMapping(style_channels, mapping_layers)
        self.start = nn.Parameter(torch.randn(widths[0], FIRST_PX, FIRST_PX))
        self.first = StyledLayer(widths[0], widths[0], style_channels)
        self.to_picture = nn.ModuleList(
            ToChannels(width, out_channels, style_channels) for width in widths
        )
        self.stages = nn.ModuleList(
            nn.ModuleList(
                [
                    StyledLayer(wide, narrow, style_channels, up=True),
                    StyledLayer(narrow, narrow, style_channels),
                ]
            )
            for wide, narrow in pairwise(widths)
        )
        self.doubled = Doubled()
        self.noise_px = [FIRST_PX, *(side for side in sides[1:] for _ in range(2))]
        self.n_styles = len(self.noise_px) + 1  # the last picture has one of its own

    @property
    def noise_numbers(self) -> int:
        """Numbers of noise per picture, one per pixel of every layer."""
        return sum(side**2 for side in self.noise_px)

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw the first map from N(0, 1)."""
        nn.init.normal_(self.start, generator=random)

    def forward(self, styles: Tensor, noise: Tensor) -> Tensor:
        """Return a picture, float32 (B, out_channels, size_px, size_px).

        Parameters
        ----------
        styles : a style per layer, (B, n_styles, style_channels)
        noise : (B, noise_numbers) of N(0, 1): what varies from pixel to pixel
        """
        each = styles.unbind(1)
        grains = [
            part.view(-1, 1, side, side)
            for part, side in zip(
                noise.split([side**2 for side in self.noise_px], 1), self.noise_px, strict=True
            )
        ]
        x = self.start.expand(len(styles), -1, -1, -1)  # (B, width, 4, 4)
        x = self.first(x, each[0], grains[0])
        picture = self.to_picture[0](x, each[1])
        for k, (stage, to_picture) in enumerate(zip(self.stages, self.to_picture[1:], strict=True)):
            doubling, keeping = cast(nn.ModuleList, stage)
            x = doubling(x, each[2 * k + 1], grains[2 * k + 1])  # (B, width, side, side)
            x = keeping(x, each[2 * k + 2], grains[2 * k + 2])
            picture = self.doubled(picture) + to_picture(x, each[2 * k + 3])
        return picture


class StyledLayer(nn.Module):
    """A demodulated convolution, noise, bias and leaky ReLU."""

    def __init__(
        self, in_channels: int, out_channels: int, style_channels: int, up: bool = False
    ) -> None:
        super().__init__()
        self.convolution = ModulatedConv2d(in_channels, out_channels, 3, style_channels, up)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.activation = ScaledLeaky(out_channels)

    def draw_weights(self, random: torch.Generator) -> None:
        """Begin without noise."""
        nn.init.zeros_(self.noise_strength)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:  # (B, in_channels, H, W)
        x = self.convolution(x, w)
        return self.activation(x + (noise * self.noise_strength).to(x.dtype))


class ResidualDiscriminator(nn.Module):
    """Judge by one logit whether a picture is real; all StyleGANs have it."""

    def __init__(
        self,
        in_channels: int,
        size_px: int = 256,
        channel_base: int = 32768,
        channel_max: int = 512,
        stddev_group: int = 4,
    ) -> None:
        super().__init__()
        self.stddev_group = stddev_group
        widths = widths_of(sides_of(size_px), channel_base, channel_max)[::-1]
        self.from_picture = nn.Sequential(
            EqualConv2d(in_channels, widths[0], 1), ScaledLeaky(widths[0])
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                EqualConv2d(narrow, narrow, 3),
                ScaledLeaky(narrow),
                Blur(padding=2),
                EqualConv2d(narrow, wide, 3, stride=2),
                ScaledLeaky(wide),
            )
            for narrow, wide in pairwise(widths)
        )
        self.skips = nn.ModuleList(
            nn.Sequential(Blur(padding=1, stride=2), EqualConv2d(narrow, wide, 1))
            for narrow, wide in pairwise(widths)
        )
        last = widths[-1]
        self.mix = nn.Sequential(EqualConv2d(last + 1, last, 3), ScaledLeaky(last))
        self.dense = nn.Sequential(
            EqualLinear(last * FIRST_PX**2, last),
            ScaledLeaky(last),
            EqualLinear(last, 1, bias=True),
        )

    def forward(self, picture: Tensor) -> Tensor:  # (B, in_channels, size_px, size_px)
        x = self.from_picture(picture)
        for stage, skip in zip(self.stages, self.skips, strict=True):
            x = (stage(x) + skip(x)) * math.sqrt(0.5)  # (B, width, half, half)
        x = self.mix(append_stddev(x, self.stddev_group))  # (B, width, 4, 4)
        return self.dense(x.flatten(1))  # (B, 1)


def sides_of(size_px: int) -> list[int]:
    """Return the sides of all maps from 4 px to the picture's.

    >>> sides_of(32)
    [4, 8, 16, 32]
    """
    return [2**k for k in range(2, size_px.bit_length())]


def widths_of(sides: Sequence[int], channel_base: int, channel_max: int) -> list[int]:
    """Return the channels of the map of each side: as many as `channel_base` numbers per line.

    >>> widths_of([32, 64, 128, 256], 32768, 512)
    [512, 512, 256, 128]
    """
    return [min(channel_base // side, channel_max) for side in sides]
