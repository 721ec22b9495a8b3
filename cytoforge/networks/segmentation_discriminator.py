"""Discriminator of OASIS (Schönfeld et al. 2021, arXiv:2012.04781): a U-Net that segments."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.resampling import upsample
from cytoforge.networks.spade import SLOPE
from cytoforge.networks.spectral import convolution


class SegmentationDiscriminator(nn.Module):
    """Say of every pixel whether it is fake (output 0) or real and of code c (output c + 1)."""

    def __init__(
        self,
        in_channels: int,  # of the image
        n_codes: int,
        filters: int = 128,  # width of the first two levels; × 2 two levels on, × 4 then
        n_blocks: int = 6,  # halvings
        spectral: bool = True,
    ) -> None:
        super().__init__()
        widths = [filters * min(4, 2 ** (level // 2)) for level in range(n_blocks)]
        self.down = nn.ModuleList(
            ResizingBlock(wide, narrow, level > 0, spectral)
            for level, (wide, narrow) in enumerate(
                zip([in_channels, *widths], widths, strict=False)
            )
        )
        # Deepest first; all but the deepest see the encoder's map of their size as well.
        wide = [widths[-1], *(2 * width for width in widths[-2::-1])]
        narrow = [*widths[-2::-1], filters // 2]
        self.up = nn.ModuleList(
            ResizingBlock(a, b, True, spectral) for a, b in zip(wide, narrow, strict=True)
        )
        self.output = nn.Conv2d(filters // 2, n_codes + 1, 1)

    def forward(self, image: Tensor) -> Tensor:  # (B, in_channels, H, W)
        x, skips = image, []
        for block in self.down:
            x = block(x, pool=True)  # (B, widths[l], H / 2^(l+1), W / 2^(l+1))
            skips.append(x)
        for block in self.up:
            skip = skips.pop()
            x = block(skip if x is skip else torch.cat([x, skip], 1), double=True)
        return self.output(x)  # (B, n_codes + 1, H, W)


class ResizingBlock(nn.Module):
    """(Leaky ReLU, 3×3) twice beside a 1×1 shortcut where the width changes, at another size.

    The shortcut's 1×1 convolution stands where the map is small: averaging and repeating commute
    with it.
    """

    def __init__(self, in_channels: int, out_channels: int, activate: bool, spectral: bool) -> None:
        super().__init__()
        self.activate = activate  # not the image itself
        self.first = convolution(in_channels, out_channels, spectral=spectral)
        self.second = convolution(out_channels, out_channels, spectral=spectral)
        self.shortcut = (
            convolution(in_channels, out_channels, 1, spectral=spectral)
            if in_channels != out_channels
            else nn.Identity()
        )

    def forward(self, x: Tensor, pool: bool = False, double: bool = False) -> Tensor:
        """Return a map of half the size (`pool`) or double the size (`double`)."""
        main = F.leaky_relu(x, SLOPE) if self.activate else x  # (B, in_channels, H, W)
        if double:
            main = upsample(main, "nearest")
        main = self.second(F.leaky_relu(self.first(main), SLOPE))
        if pool:
            return self.shortcut(F.avg_pool2d(x, 2)) + F.avg_pool2d(main, 2)
        shortcut = self.shortcut(x)
        if double:
            shortcut = upsample(shortcut, "nearest")
        return shortcut + main
