"""StyleGAN3's first map: waves, which can be moved and turned exactly (Karras et al. 2021, section
3.2)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import without_autocast
from cytoforge.networks.equalised import EqualLinear


class FourierInput(nn.Module):
    """Waves of random direction, frequency below `bandwidth` and phase, mixed by learned weights.

    A style turns and moves them; `placement` does so for all pictures, to show what the network
    does with an input that is moved.
    """

    frequencies: Tensor
    phases: Tensor
    placement: Tensor
    upright: Tensor

    def __init__(
        self, channels: int, size_px: int, rate: float, bandwidth: float, style_channels: int
    ) -> None:
        super().__init__()
        self.size_px, self.rate, self.bandwidth = size_px, rate, bandwidth
        self.weight = nn.Parameter(torch.randn(channels, channels))
        # At first neither turned nor moved: cosine 1, sine 0, no shift.
        self.affine = EqualLinear(style_channels, 4, bias=True, spread=0.0)
        self.register_buffer("frequencies", torch.zeros(channels, 2))
        self.register_buffer("phases", torch.zeros(channels))
        self.register_buffer("placement", torch.eye(3), persistent=False)
        self.register_buffer("upright", torch.tensor([1.0, 0.0, 0.0, 0.0]), persistent=False)

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw weights from N(0, 1), frequencies evenly from a disc, phases evenly."""
        nn.init.normal_(self.weight, generator=random)
        drawn = torch.randn(len(self.phases), 2, generator=random)
        radius = drawn.square().sum(1, keepdim=True).sqrt()
        # Of a radius r that is Rayleigh's, √(1 − exp(−r² / 2)) is that of a point of the disc.
        drawn = drawn / radius * (1 - (-radius.square() / 2).exp()).sqrt()
        self.frequencies.copy_(drawn * self.bandwidth)
        self.phases.copy_(torch.rand(len(self.phases), generator=random) - 0.5)

    def forward(self, w: Tensor) -> Tensor:
        """Return float32 (B, channels, size_px, size_px), of variance about ½."""
        with without_autocast(w):
            moved = self._moved(w) @ self.placement  # (B, 3, 3)
            phases = self.phases + (self.frequencies @ moved[:, :2, 2:]).squeeze(2)  # (B, channels)
            frequencies = self.frequencies @ moved[:, :2, :2]  # (B, channels, 2)
            x = self._waves(frequencies, phases)  # (B, H, W, channels)
            x = x @ (self.weight / math.sqrt(len(self.weight))).T
            return x.permute(0, 3, 1, 2)

    def _moved(self, w: Tensor) -> Tensor:
        """Return how a style turns and moves the plane, (B, 3, 3)."""
        found = self.affine(w) + self.upright  # (B, 4)
        found = found / found[:, :2].norm(dim=1, keepdim=True)
        cosine, sine, right, down = found.unbind(1)
        none, one = torch.zeros_like(cosine), torch.ones_like(cosine)
        turn = torch.stack([cosine, -sine, none, sine, cosine, none, none, none, one], 1)
        shift = torch.stack([one, none, -right, none, one, -down, none, none, one], 1)
        return turn.view(-1, 3, 3) @ shift.view(-1, 3, 3)

    def _waves(self, frequencies: Tensor, phases: Tensor) -> Tensor:
        """Return sines at every pixel, (B, H, W, channels); those too high for the rate fade."""
        beyond = frequencies.norm(dim=2) - self.bandwidth
        height = (1 - beyond / (self.rate / 2 - self.bandwidth)).clamp(0, 1)  # (B, channels)
        half = 0.5 * self.size_px / self.rate
        plane = torch.eye(2, 3, device=phases.device)[None] * half
        places = F.affine_grid(plane, [1, 1, self.size_px, self.size_px], align_corners=False)
        turns = places[..., None, :] @ frequencies.mT[:, None, None]  # (B, H, W, 1, channels)
        waves = (2 * math.pi * (turns.squeeze(3) + phases[:, None, None])).sin()
        return waves * height[:, None, None]
