"""Discriminator on Haar bands (SWAGAN, Gal et al. 2021, arXiv:2102.06108), built as StyleGAN2's."""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.haar import haar

FINAL_PX = 4  # side of the map before the dense layers
GAIN = math.sqrt(2)  # keeps the variance through a leaky ReLU


class WaveletDiscriminator(nn.Module):
    """Judge by one logit whether an image is real, without its label map.

    Each of `n_stages` stages halves the map and is shown the bands of the image at its size. With 5
    stages an image of 256 px ends at 4×4; other sizes, multiples of
    2^(n_stages + 1), are averaged to that.
    """

    def __init__(
        self,
        in_channels: int,  # of the image
        filters: int = 128,  # width of the first stage; four times that in all others
        n_stages: int = 5,
        stddev_group: int = 4,
    ) -> None:
        super().__init__()
        self.stddev_group = stddev_group
        widths = [filters] + [4 * filters] * n_stages
        self.from_bands = nn.ModuleList(
            nn.Sequential(EqualConv2d(4 * in_channels, width, 1), ScaledLeaky(width))
            for width in widths
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                EqualConv2d(wide, wide, 3),
                ScaledLeaky(wide),
                Blur(padding=2),
                EqualConv2d(wide, narrow, 3, stride=2),
                ScaledLeaky(narrow),
            )
            for wide, narrow in itertools.pairwise(widths)
        )
        last = widths[-1]
        self.mix = nn.Sequential(EqualConv2d(last + 1, last, 3), ScaledLeaky(last))
        self.dense = nn.Sequential(
            EqualLinear(last * FINAL_PX**2, last),
            ScaledLeaky(last),
            EqualLinear(last, 1, bias=True),
        )
        self.halve = Blur(padding=1, stride=2)

    def forward(self, image: Tensor) -> Tensor:  # (B, in_channels, H, W)
        x = self.from_bands[0](haar(image))  # (B, filters, H / 2, W / 2)
        for stage, from_bands in zip(self.stages, self.from_bands[1:], strict=True):
            image = self.halve(image)
            x = stage(x) + from_bands(haar(image))  # (B, 4 filters, half, half)
        x = self.mix(append_stddev(x, self.stddev_group))
        x = F.adaptive_avg_pool2d(x, FINAL_PX)  # (B, 4 filters, 4, 4)
        return self.dense(x.flatten(1))  # (B, 1)


def append_stddev(x: Tensor, group: int = 4) -> Tensor:
    """Append a channel: how much the samples of a group differ (Karras et al. 2018).

    Groups are neighbours in the batch, as many as `group` or the largest divisor of the batch
    below it; so two processes with whole groups compute what one would for both batches.
    """
    size, channels, height, width = x.shape
    group = next(count for count in range(min(group, size), 0, -1) if size % count == 0)
    grouped = x.view(size // group, group, channels, height, width)
    spread = (grouped.var(1, correction=0) + 1e-8).sqrt().mean((1, 2, 3))  # (B / group,)
    column = spread.repeat_interleave(group).view(-1, 1, 1, 1)
    return torch.cat([x, column.expand(-1, 1, height, width)], 1)  # (B, C + 1, H, W)


class EqualConv2d(nn.Module):
    """A convolution with weights of variance 1 that are scaled when used, so that all layers learn
    equally fast (Karras et al. 2018, arXiv:1710.10196). Its bias is in the activation after it."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.scale = 1 / math.sqrt(in_channels * kernel_size**2)
        self.stride = stride
        self.padding = kernel_size // 2 if stride == 1 else 0

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        weight = self.weight * self.scale
        return F.conv2d(x, weight, stride=self.stride, padding=self.padding)


class EqualLinear(nn.Module):
    """A dense layer in the manner of `EqualConv2d`, with a bias where no activation follows."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.scale = 1 / math.sqrt(in_channels)

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels)
        return F.linear(x, self.weight * self.scale, self.bias)  # (B, out_channels)


class ScaledLeaky(nn.Module):
    """Bias, leaky ReLU of slope 0.2, gain √2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:  # (B, channels, …)
        bias = self.bias.to(x.dtype).view(-1, *[1] * (x.ndim - 2))
        return F.leaky_relu(x + bias, 0.2) * GAIN


class Blur(nn.Module):
    """Smooth by [1, 3, 3, 1] / 8 along both axes against aliasing, on zeros around the map.

    The output is 2 × padding − 3 px larger; with stride 2 and padding 1, half the size.
    """

    kernel: Tensor

    def __init__(self, padding: int, stride: int = 1) -> None:
        super().__init__()
        self.padding, self.stride = padding, stride
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", torch.outer(line, line)[None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        channels = x.shape[1]
        kernel = self.kernel.to(x).expand(channels, -1, -1, -1)
        return F.conv2d(x, kernel, stride=self.stride, padding=self.padding, groups=channels)


def init_equalised(network: nn.Module, seed: int) -> None:
    """Draw every equalised weight from N(0, 1), on the CPU and from `seed` alone; biases are 0."""
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, EqualConv2d | EqualLinear):
            nn.init.normal_(layer.weight, generator=random)
        if isinstance(layer, EqualLinear | ScaledLeaky) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
