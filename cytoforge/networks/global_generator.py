"""Global generator of pix2pixHD, G1 (Wang et al. 2018, arXiv:1711.11585, section 3.1)."""

import torch
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import ReflectionPad, needs_bias, norm_layer
from cytoforge.networks.resnet import ResidualBlock
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import Upsampling, doubling


class GlobalGenerator(nn.Module):
    """Halve `downs` times, refine in residual blocks, double as often.

    Sides are multiples of 2^downs, and twice that at least. There are no skips: what is drawn at
    full size went through the smallest maps, whose width (filters × 2^downs) must carry it.
    """

    def __init__(
        self,
        inputs: int,  # channels of the condition
        outputs: int,  # channels of the image
        filters: int = 64,  # width at full size; doubled by each halving
        downs: int = 4,  # halvings
        blocks: int = 9,  # residual blocks at the smallest size
        norm: str = "instance",  # batch, instance or none
        upsampling: Upsampling = "transposed",
        label_skip: bool = False,  # the condition is seen again at full size
    ) -> None:
        super().__init__()
        self.downs = downs
        self.trunk = global_trunk(inputs, filters, downs, blocks, norm, upsampling)
        self.head = ImageHead(filters, outputs, norm, inputs if label_skip else 0)

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W)
        check_multiple(x.shape, 2**self.downs, f"{self.downs} halvings")
        image: Tensor = self.head(self.trunk(x), x)  # (B, outputs, H, W) in [-1, 1]
        return image


class ImageHead(nn.Module):
    """The 7×7 layer that makes the image, in [-1, 1].

    With `condition`, its number of channels, a 3×3 layer first blends it with the features. That is
    not in the original: rims are 1 px wide, and bilinear doubling blurs what features know of them.
    (Given to the 7×7 layer itself, which is linear, rims got echoes 3 px beside them.)
    """

    def __init__(self, features: int, outputs: int, norm: str, condition: int = 0) -> None:
        super().__init__()
        self.blend: nn.Module | None = None
        if condition:
            seen = features + condition
            convolution = nn.Conv2d(seen, features, 3, padding=1, bias=needs_bias(norm))
            self.blend = nn.Sequential(
                convolution, *norm_layer(norm, features), nn.ReLU(inplace=True)
            )
        self.layers = nn.Sequential(ReflectionPad(3), Conv2d(features, outputs, 7), nn.Tanh())

    def forward(self, features: Tensor, x: Tensor) -> Tensor:  # (B, ·, H, W) both
        if self.blend is not None:
            features = self.blend(torch.cat([features, x], 1))  # (B, features, H, W)
        image: Tensor = self.layers(features)  # (B, outputs, H, W)
        return image


def global_trunk(
    inputs: int, filters: int, downs: int, blocks: int, norm: str, upsampling: Upsampling
) -> nn.Sequential:
    """Return G1 without its head: (B, inputs, H, W) → (B, filters, H, W)."""
    widths = [filters * 2**level for level in range(downs + 1)]
    layers = entry(inputs, filters, norm)
    for width in widths[:-1]:
        layers += halving(width, norm)
    layers += [ResidualBlock(widths[-1], norm) for _ in range(blocks)]
    for width in reversed(widths[1:]):
        layers += doubled(width, norm, upsampling)
    return nn.Sequential(*layers)


def entry(inputs: int, outputs: int, norm: str) -> list[nn.Module]:
    """Layers that look at 7×7 pixels at full size."""
    convolution = nn.Conv2d(inputs, outputs, 7, bias=needs_bias(norm))
    return [ReflectionPad(3), convolution, *norm_layer(norm, outputs), nn.ReLU(inplace=True)]


def halving(inputs: int, norm: str) -> list[nn.Module]:
    """Layers that halve height and width and double the number of channels."""
    convolution = nn.Conv2d(inputs, 2 * inputs, 3, 2, 1, bias=needs_bias(norm))
    return [convolution, *norm_layer(norm, 2 * inputs), nn.ReLU(inplace=True)]


def doubled(inputs: int, norm: str, upsampling: Upsampling) -> list[nn.Module]:
    """Layers that double height and width and halve the number of channels."""
    outputs = inputs // 2
    layers = doubling(inputs, outputs, needs_bias(norm), upsampling, kernel=3)
    return [*layers, *norm_layer(norm, outputs), nn.ReLU(inplace=True)]
