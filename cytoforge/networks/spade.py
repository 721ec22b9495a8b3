"""Spatially adaptive normalisation (Park et al. 2019, arXiv:1903.07291) and its residual block."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.layers import BatchNorm
from cytoforge.networks.spectral import convolution

SLOPE = 0.2  # of every leaky ReLU


class Spade(nn.Module):
    """Scale and shift every pixel of a normalised map by what the condition says there.

    Normalisation itself is the caller's: a block's first layer and its shortcut share one.
    """

    def __init__(self, channels: int, condition: int, hidden: int = 128, kernel: int = 3) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(condition, hidden, kernel, padding=kernel // 2)
        self.gamma_beta = nn.Conv2d(hidden, 2 * channels, kernel, padding=kernel // 2)

    def forward(self, normalised: Tensor, condition: Tensor) -> Tensor:
        seen = F.relu(self.hidden(condition))  # (B, hidden, H, W)
        gamma, beta = self.gamma_beta(seen).chunk(2, dim=1)  # (B, channels, H, W) each
        return torch.addcmul(normalised + beta, normalised, gamma)


class SpadeBlock(nn.Module):
    """(Norm, SPADE, leaky ReLU, 3×3) twice beside a shortcut, which where the width changes is
    (norm, SPADE, 1×1 without bias). The inner width is the narrower one."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        condition: int,  # channels
        norm: str = "batch",  # batch or instance, without weights
        hidden: int = 128,  # filters inside SPADE
        kernel: int = 3,  # of SPADE
        spectral: bool = True,
    ) -> None:
        super().__init__()
        inner = min(inputs, outputs)
        self.norm_in = free_norm(norm, inputs)
        self.spade_in = Spade(inputs, condition, hidden, kernel)
        self.first = convolution(inputs, inner, spectral=spectral)
        self.norm_inner = free_norm(norm, inner)
        self.spade_inner = Spade(inner, condition, hidden, kernel)
        self.second = convolution(inner, outputs, spectral=spectral)
        self.spade_shortcut: Spade | None = None
        self.shortcut: nn.Conv2d | None = None
        if inputs != outputs:
            self.spade_shortcut = Spade(inputs, condition, hidden, kernel)
            self.shortcut = convolution(inputs, outputs, 1, spectral=spectral, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:  # (B, inputs, H, W)
        normalised = self.norm_in(x)
        inner = self.first(F.leaky_relu(self.spade_in(normalised, condition), SLOPE))
        inner = self.spade_inner(self.norm_inner(inner), condition)  # (B, inner, H, W)
        if self.shortcut is not None and self.spade_shortcut is not None:
            x = self.shortcut(self.spade_shortcut(normalised, condition))
        result: Tensor = x + self.second(F.leaky_relu(inner, SLOPE))  # (B, outputs, H, W)
        return result


def free_norm(norm: str, channels: int) -> nn.Module:
    """Return a normalisation without weights of its own."""
    if norm == "batch":
        return BatchNorm(channels, affine=False)
    return nn.InstanceNorm2d(channels)


def level_widths(filters: int, blocks: int) -> list[int]:
    """Return the widths before, between and after the blocks of a SPADE generator.

    >>> level_widths(1, 6)
    [16, 16, 16, 8, 4, 2, 1]
    """
    return [filters * min(16, 2 ** (blocks - block)) for block in range(blocks + 1)]


def shrink(condition: Tensor, factor: int) -> Tensor:
    """Return every `factor`-th row and column: what nearest interpolation picks, without a copy."""
    return condition[:, :, ::factor, ::factor]
