"""Spatially adaptive normalisation (Park et al. 2019, arXiv:1903.07291) and its residual block."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.layers import BatchNorm, JoinedConv2d
from cytoforge.networks.spectral import convolution

SLOPE = 0.2  # of every leaky ReLU


class Spade(nn.Module):
    """Scale and shift every pixel of a normalised map by what the condition says there.

    Normalisation itself is the caller's: a block's first layer and its shortcut have one in common.
    """

    def __init__(
        self,
        channels: int,
        condition_channels: int,
        hidden_channels: int = 128,
        kernel_size: int = 3,
    ) -> None:
        super().__init__()
        padding = kernel_size // 2
        self.hidden = nn.Conv2d(condition_channels, hidden_channels, kernel_size, padding=padding)
        self.gamma_beta = JoinedConv2d(hidden_channels, 2 * channels, kernel_size, padding=padding)

    def forward(self, normalised: Tensor, condition: Tensor) -> Tensor:
        seen = F.relu(self.hidden(condition))  # (B, hidden_channels, H, W)
        gamma, beta = self.gamma_beta(seen).chunk(2, dim=1)  # (B, channels, H, W) each
        return torch.addcmul(normalised + beta, normalised, gamma)  # (B, channels, H, W)


class SpadeBlock(nn.Module):
    """(Norm, SPADE, leaky ReLU, 3×3) twice beside a shortcut, which where the width changes is
    (norm, SPADE, 1×1 without bias). The inner width is the narrower one."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        condition_channels: int,
        norm: str = "batch",  # batch or instance, without weights
        hidden_channels: int = 128,  # inside SPADE
        kernel_size: int = 3,  # of SPADE
        spectral: bool = True,
    ) -> None:
        super().__init__()
        inner = min(in_channels, out_channels)
        sizes = condition_channels, hidden_channels, kernel_size
        self.norm_in = free_norm(norm, in_channels)
        self.spade_in = Spade(in_channels, *sizes)
        self.first = convolution(in_channels, inner, spectral=spectral)
        self.norm_inner = free_norm(norm, inner)
        self.spade_inner = Spade(inner, *sizes)
        self.second = convolution(inner, out_channels, spectral=spectral)
        self.width_changes = in_channels != out_channels
        if self.width_changes:
            self.spade_shortcut = Spade(in_channels, *sizes)
            self.shortcut = convolution(in_channels, out_channels, 1, spectral=spectral, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:  # (B, in_channels, H, W)
        normalised = self.norm_in(x)
        inner = self.first(F.leaky_relu(self.spade_in(normalised, condition), SLOPE))
        inner = self.spade_inner(self.norm_inner(inner), condition)  # (B, inner, H, W)
        if self.width_changes:
            x = self.shortcut(self.spade_shortcut(normalised, condition))
        return x + self.second(F.leaky_relu(inner, SLOPE))  # (B, out_channels, H, W)


def free_norm(norm: str, channels: int) -> nn.Module:
    """Return a normalisation without weights of its own."""
    if norm == "batch":
        return BatchNorm(channels, affine=False)
    return nn.InstanceNorm2d(channels)


def level_widths(filters: int, n_blocks: int) -> list[int]:
    """Return the widths before, between and after the blocks of a SPADE generator.

    >>> level_widths(1, 6)
    [16, 16, 16, 8, 4, 2, 1]
    """
    return [filters * min(16, 2 ** (n_blocks - block)) for block in range(n_blocks + 1)]


def shrink(condition: Tensor, factor: int) -> Tensor:
    """Return every `factor`-th row and column: what nearest interpolation picks, without a copy."""
    return condition[:, :, ::factor, ::factor]
