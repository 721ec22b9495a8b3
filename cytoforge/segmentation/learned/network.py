"""A small U-Net that tells objects from ground and from each other (Ronneberger et al. 2015,
arXiv:1505.04597, with batch norm and nearest upsampling)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

OUTPUTS = 4
"""Scores of ground, interior and rim, and that of the distance to the rim."""


class DoubleConv(nn.Module):
    """Two 3 × 3 convolutions, each with batch norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same size, (B, out_channels, H, W)."""
        x = F.relu(self.norm1(self.conv1(x)))  # (B, out_channels, H, W)
        return F.relu(self.norm2(self.conv2(x)))  # (B, out_channels, H, W)


class InstanceNetwork(nn.Module):
    """From an image to `OUTPUTS` scores per pixel; in training perhaps to several such groups.

    in_channels : of the image
    widths : channels of each level, full size first
    size_multiple : height and width must be multiples of this
    """

    in_channels: int
    widths: tuple[int, ...]
    size_multiple: int


class InstanceUNet(InstanceNetwork):
    """The U-Net of that kind.

    Parameters
    ----------
    in_channels : of the image
    widths : channels of each level, full size first; every further level halves the size
    outputs : scores per pixel
    """

    def __init__(self, in_channels: int, widths: Sequence[int], outputs: int = OUTPUTS) -> None:
        super().__init__()
        self.in_channels, self.widths = in_channels, tuple(widths)
        self.size_multiple = 1 << (len(self.widths) - 1)
        before = (in_channels, *widths[:-1])
        self.down = nn.ModuleList(DoubleConv(i, o) for i, o in zip(before, widths, strict=True))
        deep, skips = widths[:0:-1], widths[-2::-1]
        self.up = nn.ModuleList(DoubleConv(d + s, s) for d, s in zip(deep, skips, strict=True))
        self.head = nn.Conv2d(widths[0], outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return scores before softmax and sigmoid, float32 (B, outputs, H, W)."""
        x, seen = self.down[0](image), []  # (B, widths[0], H, W)
        for block in self.down[1:]:
            seen.append(x)
            x = block(F.max_pool2d(x, 2))  # (B, widths[k], H / 2^k, W / 2^k)
        for block, skip in zip(self.up, reversed(seen), strict=True):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(torch.cat([x, skip], 1))  # (B, widths[k], H / 2^k, W / 2^k)
        scores: Tensor = self.head(x)  # (B, outputs, H, W)
        return scores


def split_scores(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return probabilities of ground, interior and rim (B, 3, H, W) and the distance (B, H, W).

    The distance is 0 at an object's rim and 1 where it is widest.
    """
    return scores[:, :3].softmax(1), scores[:, 3].sigmoid()
