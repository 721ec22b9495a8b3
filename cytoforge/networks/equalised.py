"""Layers that learn equally fast: weights of variance 1, scaled when used (Karras et al. 2018,
arXiv:1710.10196, section 4.1), and the smoothing that their networks halve and double with."""

import math
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAIN = math.sqrt(2)  # keeps the variance through a leaky ReLU
SLOPE = 0.2


class EqualConv2d(nn.Module):
    """A convolution with weights of variance 1 that are scaled when used. Its bias is in the
    activation after it."""

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
    """A dense layer in the manner of `EqualConv2d`, with a bias where no activation follows.

    rate : how fast it learns, as a multiple of other layers
    start : of the bias
    spread : of the weights at the start, 0 for a layer that begins with its bias alone
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        bias: bool = False,
        rate: float = 1.0,
        start: float = 0.0,
        spread: float = 1.0,
    ) -> None:
        super().__init__()
        self.rate, self.start, self.spread = rate, start, spread
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels) * (spread / rate))
        self.bias = nn.Parameter(torch.full((out_channels,), start / rate)) if bias else None
        self.scale = rate / math.sqrt(in_channels)

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels)
        bias = self.bias if self.bias is None or self.rate == 1 else self.bias * self.rate
        return F.linear(x, self.weight * self.scale, bias)  # (B, out_channels)


class ScaledLeaky(nn.Module):
    """Bias, leaky ReLU of slope 0.2, gain √2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:  # (B, channels, …)
        bias = self.bias.to(x.dtype).view(-1, *[1] * (x.ndim - 2))
        return F.leaky_relu(x + bias, SLOPE) * GAIN


class Blur(nn.Module):
    """Smooth by [1, 3, 3, 1] / 8 along both axes against aliasing, on zeros around the map.

    The output is 2 × padding − 3 px larger; with stride 2 and padding 1, half the size.
    """

    kernel: Tensor

    def __init__(self, padding: int, stride: int = 1, gain: float = 1.0) -> None:
        super().__init__()
        self.padding, self.stride = padding, stride
        self.register_buffer("kernel", binomial() * gain, persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        channels = x.shape[1]
        kernel = self.kernel.to(x).expand(channels, -1, -1, -1)
        return F.conv2d(x, kernel, stride=self.stride, padding=self.padding, groups=channels)


class Doubled(nn.Module):
    """Double height and width: zeros between the pixels, smoothed as by `Blur`."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel", binomial() * 4, persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        channels = x.shape[1]
        kernel = self.kernel.to(x).expand(channels, -1, -1, -1)
        return F.conv_transpose2d(x, kernel, stride=2, padding=1, groups=channels)


def binomial() -> Tensor:
    """Return the kernel [1, 3, 3, 1] ⊗ [1, 3, 3, 1] of sum 1, (1, 1, 4, 4)."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return torch.outer(line, line)[None, None]


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


@runtime_checkable
class DrawsWeights(Protocol):
    """A layer that is no equalised one, and draws its own weights."""

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw its weights, but not those of the layers in it."""
        ...


def init_equalised(network: nn.Module, seed: int) -> None:
    """Draw every equalised weight from N(0, 1), on the CPU and from `seed` alone; biases are 0.

    Others draw their own, if they can (`DrawsWeights`).
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, EqualConv2d):
            nn.init.normal_(layer.weight, generator=random)
        elif isinstance(layer, EqualLinear):
            nn.init.normal_(layer.weight, 0.0, layer.spread / layer.rate, generator=random)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, layer.start / layer.rate)
        elif isinstance(layer, ScaledLeaky):
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, DrawsWeights):
            layer.draw_weights(random)
