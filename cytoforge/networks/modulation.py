"""Convolutions whose input channels are weighed by a style (Karras et al. 2020, StyleGAN2,
arXiv:1912.04958, section 2.2)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import without_autocast
from cytoforge.networks.equalised import Blur, EqualLinear

EPS = 1e-8


class Modulated(nn.Module):
    """A style's weights of the input channels, and a convolution's weights, without forward.

    With s_i the style of input channel i, the weights of an image are s_i w_ijk; demodulated they
    are divided by the root of Σ_ik (s_i w_ijk)², so that every output channel j keeps the variance
    of the input (equations 1 and 3).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, style_channels: int
    ) -> None:
        super().__init__()
        self.affine = EqualLinear(style_channels, in_channels, bias=True, start=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.scale = 1 / math.sqrt(in_channels * kernel_size**2)

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw from N(0, 1)."""
        nn.init.normal_(self.weight, generator=random)

    def styles(self, w: Tensor) -> Tensor:
        """Return the weight of each input channel, float32 (B, in_channels)."""
        with without_autocast(w):
            found: Tensor = self.affine(w)
        return found

    def demodulation(self, weight: Tensor, styles: Tensor) -> Tensor:
        """Return what each output channel is multiplied by, float32 (B, out_channels).

        Σ_ik (s_i w_ijk)² = Σ_i s_i² Σ_k w_ijk²: no image's own weights need be written down.
        """
        with without_autocast(styles):
            power = weight.square().sum((2, 3))  # (out, in)
            return (styles.square() @ power.T + EPS).rsqrt()


class ModulatedConv2d(Modulated):
    """A demodulated convolution, that keeps height and width, or doubles both (`up`).

    Input and output are multiplied in place of the weights, which is the same: one convolution
    then serves all images of the batch.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        style_channels: int,
        up: bool = False,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, style_channels)
        self.padding = kernel_size // 2
        # Of the zeros between pixels, a quarter of the map is left: hence the gain of 4.
        self.blur = Blur(padding=1, gain=4) if up else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # (B, in_channels, H, W)
        weight, styles = self.weight * self.scale, self.styles(w)
        x = x * styles.to(x.dtype)[:, :, None, None]
        if self.blur is None:
            x = F.conv2d(x, weight, padding=self.padding)
        else:
            x = self.blur(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2))
        return x * self.demodulation(weight, styles).to(x.dtype)[:, :, None, None]


class ToChannels(Modulated):
    """The channels of a picture, by a 1 × 1 convolution that is modulated and not demodulated."""

    def __init__(self, in_channels: int, out_channels: int, style_channels: int) -> None:
        super().__init__(in_channels, out_channels, 1, style_channels)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw from N(0, 1); the bias is 0."""
        super().draw_weights(random)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # (B, in_channels, H, W)
        x = x * self.styles(w).to(x.dtype)[:, :, None, None]
        x = F.conv2d(x, self.weight * self.scale)
        return x.float() + self.bias.view(1, -1, 1, 1)  # (B, out_channels, H, W) float32
