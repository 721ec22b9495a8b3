"""ResNet generator of pix2pix and CycleGAN (Johnson et al. 2016, arXiv:1603.08155)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import Dropout, ReflectionPad, needs_bias, norm_layer
from cytoforge.networks.upsampling import Upsampling, doubling

N_DOWNS = 2


class ResNet(nn.Module):
    """Halve twice, refine at quarter size in residual blocks, double twice.

    Sides are multiples of 4 and at least 8 px. A pixel sees 169 px across with 9 blocks, 121 with
    6, whatever the tile. Weights lie at quarter size, where each is used 4,096 times per 256 px
    tile: a fifth of unet_256's weights and eight times its arithmetic (100 for 12 GFLOP forwards).
    """

    def __init__(
        self,
        in_channels: int,  # codes, or 1 for grey labels
        out_channels: int,  # of the image
        n_blocks: int = 9,  # 9 for images of 256 px, 6 for 128 px in the original
        filters: int = 64,  # width at full size
        norm: str = "instance",  # batch, instance or none
        dropout: bool = True,  # 0.5 between the convolutions of every block
        upsampling: Upsampling = "transposed",
        stem_norm: bool = True,  # a norm after the first layer
    ) -> None:
        super().__init__()
        bias = needs_bias(norm)
        self.stem = nn.Sequential(
            ReflectionPad(3),
            nn.Conv2d(in_channels, filters, 7, bias=bias or not stem_norm),
            *(norm_layer(norm, filters) if stem_norm else []),
            nn.ReLU(inplace=True),
        )
        widths = [filters * 2**level for level in range(N_DOWNS + 1)]
        self.encoder = nn.Sequential()
        for width_in, width in pairwise(widths):
            halving = nn.Conv2d(width_in, width, 3, stride=2, padding=1, bias=bias)
            self.encoder.extend([halving, *norm_layer(norm, width), nn.ReLU(inplace=True)])
        self.blocks = nn.Sequential(
            *(ResidualBlock(widths[-1], norm, dropout, f"block{k}") for k in range(n_blocks))
        )
        self.decoder = nn.Sequential()
        for width_in, width in pairwise(reversed(widths)):
            double = doubling(width_in, width, bias, upsampling, kernel_size=3)
            self.decoder.extend([*double, *norm_layer(norm, width), nn.ReLU(inplace=True)])
        self.output = nn.Sequential(ReflectionPad(3), Conv2d(filters, out_channels, 7))

    def forward(self, x: Tensor, names: Sequence[str] = ()) -> Any:  # (B, in_channels, H, W)
        """Return the image, (B, out_channels, H, W) in [-1, 1]; with `names` also `features`."""
        if names:
            return self._with_features(x, names)
        x = self.encoder(self.stem(x))  # (B, 4 filters, H / 4, W / 4)
        x = self.blocks(x)  # (B, 4 filters, H / 4, W / 4)
        x = self.decoder(x)  # (B, filters, H, W)
        return torch.tanh(self.output(x))

    def _with_features(self, x: Tensor, names: Sequence[str]) -> tuple[Tensor, list[Tensor]]:
        found = [x] if "image" in names else []
        for name, layer in self.layers():
            x = layer(x)
            if name in names:
                found.append(x)
        return torch.tanh(self.output(self.decoder(x))), found

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        """Yield the layers before the decoder in their order, those with a name under it: `half`
        and `quarter`, the convolutions that halve, and `block_1`, `block_2`, …"""
        yield "", self.stem
        halvings = iter(("half", "quarter"))
        for layer in self.encoder:
            yield next(halvings) if isinstance(layer, nn.Conv2d) else "", layer
        for number, block in enumerate(self.blocks, 1):
            yield f"block_{number}", block

    def features(self, x: Tensor, names: Sequence[str]) -> list[Tensor]:  # (B, in_channels, H, W)
        """Return what the layers of those names make, `image` being `x` itself, in the order of the
        layers; those behind the last one are not computed."""
        wanted, found = set(names), [x] if "image" in names else []
        for name, layer in self.layers():
            if len(found) == len(wanted):
                break
            x = layer(x)
            if name in wanted:
                found.append(x)
        return found


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions whose result is added to their input; no activation after the sum."""

    def __init__(self, width: int, norm: str, dropout: bool = False, name: str = "block") -> None:
        super().__init__()
        bias = needs_bias(norm)
        self.layers = nn.Sequential(
            ReflectionPad(1),
            nn.Conv2d(width, width, 3, bias=bias),
            *norm_layer(norm, width),
            nn.ReLU(inplace=True),
            *([Dropout(name)] if dropout else []),
            ReflectionPad(1),
            nn.Conv2d(width, width, 3, bias=bias),
            *norm_layer(norm, width),
        )

    def forward(self, x: Tensor) -> Tensor:  # (B, width, H, W)
        return x + self.layers(x)  # (B, width, H, W)
