"""Global generator of pix2pixHD, G1 (Wang et al. 2018, arXiv:1711.11585, section 3.1)."""

import torch
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import ReflectionPad, needs_bias, norm_layer
from cytoforge.networks.resnet import ResidualBlock
from cytoforge.networks.upsampling import Upsampling, doubling


class GlobalGenerator(nn.Module):
    """Halve `n_downs` times, refine in residual blocks, double as often.

    Sides are multiples of 2^n_downs, and twice that at least. There are no skips: what is generated
    at full size went through the smallest maps, whose width (filters × 2^n_downs) must carry it.
    """

    def __init__(
        self,
        in_channels: int,  # of the condition
        out_channels: int,  # of the image
        filters: int = 64,  # width at full size; doubled by each halving
        n_downs: int = 4,  # halvings
        n_blocks: int = 9,  # residual blocks at the smallest size
        norm: str = "instance",  # batch, instance or none
        upsampling: Upsampling = "transposed",
        label_skip: bool = False,  # the condition is seen again at full size
    ) -> None:
        super().__init__()
        self.trunk = global_trunk(in_channels, filters, n_downs, n_blocks, norm, upsampling)
        self.head = ImageHead(filters, out_channels, norm, in_channels if label_skip else 0)

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        return self.head(self.trunk(x), x)  # (B, out_channels, H, W) in [-1, 1]


class ImageHead(nn.Module):
    """The 7×7 layer that makes the image, in [-1, 1].

    With `condition_channels`, a 3×3 layer first blends the condition with the features. That is not
    in the original: rims are 1 px wide, and bilinear doubling blurs what features know of them.
    (Given to the 7×7 layer itself, which is linear, rims got echoes 3 px beside them.)
    """

    def __init__(
        self, in_channels: int, out_channels: int, norm: str, condition_channels: int = 0
    ) -> None:
        super().__init__()
        self.blend: nn.Module | None = None
        if condition_channels:
            seen = in_channels + condition_channels
            convolution = nn.Conv2d(seen, in_channels, 3, padding=1, bias=needs_bias(norm))
            self.blend = nn.Sequential(
                convolution, *norm_layer(norm, in_channels), nn.ReLU(inplace=True)
            )
        self.layers = nn.Sequential(
            ReflectionPad(3), Conv2d(in_channels, out_channels, 7), nn.Tanh()
        )

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:  # (B, ·, H, W) both
        if self.blend is not None:
            features = self.blend(torch.cat([features, condition], 1))  # (B, in_channels, H, W)
        return self.layers(features)  # (B, out_channels, H, W)


def global_trunk(
    in_channels: int, filters: int, n_downs: int, n_blocks: int, norm: str, upsampling: Upsampling
) -> nn.Sequential:
    """Return G1 without its head: (B, in_channels, H, W) → (B, filters, H, W)."""
    widths = [filters * 2**level for level in range(n_downs + 1)]
    layers = entry(in_channels, filters, norm)
    for width in widths[:-1]:
        layers += halving(width, norm)
    layers += [ResidualBlock(widths[-1], norm) for _ in range(n_blocks)]
    for width in reversed(widths[1:]):
        layers += doubled(width, norm, upsampling)
    return nn.Sequential(*layers)


def entry(in_channels: int, out_channels: int, norm: str) -> list[nn.Module]:
    """Return layers that see 7×7 pixels at full size."""
    convolution = nn.Conv2d(in_channels, out_channels, 7, bias=needs_bias(norm))
    return [ReflectionPad(3), convolution, *norm_layer(norm, out_channels), nn.ReLU(inplace=True)]


def halving(in_channels: int, norm: str) -> list[nn.Module]:
    """Return layers that halve height and width and double the number of channels."""
    out_channels = 2 * in_channels
    convolution = nn.Conv2d(
        in_channels, out_channels, 3, stride=2, padding=1, bias=needs_bias(norm)
    )
    return [convolution, *norm_layer(norm, out_channels), nn.ReLU(inplace=True)]


def doubled(in_channels: int, norm: str, upsampling: Upsampling) -> list[nn.Module]:
    """Return layers that double height and width and halve the number of channels."""
    out_channels = in_channels // 2
    layers = doubling(in_channels, out_channels, needs_bias(norm), upsampling, kernel_size=3)
    return [*layers, *norm_layer(norm, out_channels), nn.ReLU(inplace=True)]
