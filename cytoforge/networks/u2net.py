"""U²-Net: a U-Net whose every level is a small U-Net of its own (Qin et al. 2020,
arXiv:2005.09007, figures 2 and 5, table 1)."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cytoforge.segmentation.learned.network import InstanceNetwork

# Of each stage of the encoder: levels of its own U-Net, 0 for one without pooling; inner channels;
# channels that it gives. Then the same of the decoder, deepest first.
Stages = tuple[tuple[int, int, int], ...]
FULL: tuple[Stages, Stages] = (
    ((7, 32, 64), (6, 32, 128), (5, 64, 256), (4, 128, 512), (0, 256, 512), (0, 256, 512)),
    ((0, 256, 512), (4, 128, 256), (5, 64, 128), (6, 32, 64), (7, 16, 64)),
)
SMALL: tuple[Stages, Stages] = (
    ((7, 16, 64), (6, 16, 64), (5, 16, 64), (4, 16, 64), (0, 16, 64), (0, 16, 64)),
    ((0, 16, 64), (4, 16, 64), (5, 16, 64), (6, 16, 64), (7, 16, 64)),
)
SIZE_MULTIPLE = 32
"""Height and width must be multiples of this: stages and their own U-Nets halve five times."""


class ConvNormReLU(nn.Module):
    """A 3 × 3 convolution, batch norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same size, (B, out_channels, H, W)."""
        return F.relu(self.norm(self.conv(x)))


class ResidualUBlock(nn.Module):
    """RSU: features, and what a U-Net of `n_levels` makes of them, added up.

    Parameters
    ----------
    n_levels : convolutions on the way down, the last with dilation 2 in place of pooling; 0: four
        with dilations 1, 2, 4, 8 and no pooling at all (RSU-4F)
    mid_channels : inside the U-Net
    """

    def __init__(
        self, n_levels: int, in_channels: int, mid_channels: int, out_channels: int
    ) -> None:
        super().__init__()
        self.pools = n_levels > 0
        depth = n_levels or 4
        dilations = [1] * (depth - 1) + [2] if self.pools else [1, 2, 4, 8]
        self.first = ConvNormReLU(in_channels, out_channels)
        self.down = nn.ModuleList(
            ConvNormReLU(out_channels if level == 0 else mid_channels, mid_channels, dilation)
            for level, dilation in enumerate(dilations)
        )
        self.up = nn.ModuleList(
            ConvNormReLU(
                2 * mid_channels,
                out_channels if level == 0 else mid_channels,
                1 if self.pools else dilations[level],
            )
            for level in reversed(range(depth - 1))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same size, (B, out_channels, H, W)."""
        x = self.first(x)
        inner, seen = x, []
        for level, block in enumerate(self.down):
            # The first sees full size, the last two the same size.
            if self.pools and 0 < level < len(self.down) - 1:
                inner = F.max_pool2d(inner, 2)
            inner = block(inner)
            seen.append(inner)
        inner = seen.pop()
        for block in self.up:
            skip = seen.pop()
            inner = block(torch.cat([_as_large(inner, skip), skip], 1))
        return x + inner


class U2Net(InstanceNetwork):
    """From an image to scores per pixel, fused of those of six depths.

    Parameters
    ----------
    out_channels : scores per pixel
    size : `full`, 44.0 million parameters, or `small`, 1.13 million
    """

    def __init__(
        self, in_channels: int, out_channels: int, size: Literal["full", "small"] = "full"
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        encoder, decoder = FULL if size == "full" else SMALL
        self.size_multiple, self.widths = SIZE_MULTIPLE, tuple(out for _, _, out in encoder)
        before = (in_channels, *self.widths[:-1])
        self.down = _stages(encoder, before)
        skips = self.widths[-2::-1]
        deeper = (self.widths[-1], *(out for _, _, out in decoder[:-1]))
        self.up = _stages(decoder, [d + s for d, s in zip(deeper, skips, strict=True)])
        sides = [out for _, _, out in reversed(decoder)] + [self.widths[-1]]
        self.sides = nn.ModuleList(nn.Conv2d(c, out_channels, 3, padding=1) for c in sides)
        self.fuse = nn.Conv2d(len(sides) * out_channels, out_channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return scores (B, out_channels, H, W); in training followed by those of each depth, full
        size first, (B, 7 · out_channels, H, W)."""
        x, seen = image, []
        for level, stage in enumerate(self.down):
            x = stage(F.max_pool2d(x, 2) if level else x)
            seen.append(x)
        features = [seen.pop()]
        for stage in self.up:
            skip = seen.pop()
            features.append(stage(torch.cat([_as_large(features[-1], skip), skip], 1)))
        scores = [
            _as_large(side(part), image)
            for side, part in zip(self.sides, reversed(features), strict=True)
        ]
        together = torch.cat(scores, 1)  # (B, 6 · out_channels, H, W)
        fused: Tensor = self.fuse(together)
        return torch.cat([fused, together], 1) if self.training else fused


def _stages(stages: Stages, in_channels: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(
        ResidualUBlock(n_levels, before, mid, out)
        for (n_levels, mid, out), before in zip(stages, in_channels, strict=True)
    )


def _as_large(x: Tensor, other: Tensor) -> Tensor:
    """Return features with the height and width of others, by lines."""
    if x.shape[-2:] == other.shape[-2:]:
        return x
    return F.interpolate(x, size=other.shape[-2:], mode="bilinear")
