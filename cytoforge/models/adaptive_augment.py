"""Adaptive augmentation of what a discriminator sees (Karras et al. 2020, ADA, arXiv:2006.06676):
geometric operations only, since the channels of a label map are no colours.

Real and made maps are turned, moved and scaled, by draws of their own, so that a discriminator
cannot learn the few real ones by heart; p says how often, and follows how surely it knows them.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.grid_sampling import sampled
from cytoforge.compute.ranks import sum_over_ranks, world_size

# Columns of a map's draws: chances and amounts, evenly from 0 to 1; then amounts from N(0, 1).
CHANCES, EVEN, NORMAL = 8, 6, 4
WIDTH = CHANCES + EVEN + NORMAL
SHIFT, SPREAD = 0.125, 0.2  # of a side; of log₂ of a scale


class AdaptiveAugment:
    """p, the probability of each operation, and the signs of the logits that it follows.

    target : mean sign of the discriminator's logits of real maps that p is to lead to
    speed_kimg : thousands of maps in which p may rise by 1; 0: p stays 0 and nothing is done
    every : steps between adjustments of p
    """

    def __init__(self, target: float, speed_kimg: float, every: int, device: torch.device) -> None:
        self.target, self.speed, self.every = target, speed_kimg * 1000, every
        self.p = torch.zeros((), device=device)
        self.signs = torch.zeros((), device=device)  # sum of mean signs since the last adjustment

    @property
    def on(self) -> bool:
        """Whether there is any augmentation."""
        return self.speed > 0

    def __call__(self, maps: Tensor, draws: Tensor) -> Tensor:
        """Return maps (B, C, H, H) seen in another place, by draws of `drawn` (B, WIDTH)."""
        if not self.on:
            return maps
        plane = transforms(draws, self.p, maps.shape[-1])[:, :2]  # (B, 2, 3)
        places = F.affine_grid(plane, list(maps.shape), align_corners=False)
        return sampled(maps, places.to(maps))

    @torch.no_grad()
    def note(self, signs: Tensor) -> None:
        """Note the mean sign of the logits of a step's real maps, over all processes."""
        self.signs += sum_over_ranks(signs) / world_size()

    @torch.no_grad()
    def adjust(self, images: int) -> None:
        """Move p towards the target, after `every` steps of so many images each."""
        upwards = (self.signs / self.every - self.target).sign()
        self.p.add_(upwards * (self.every * images / self.speed)).clamp_(min=0)
        self.signs.zero_()

    def state_dict(self) -> dict[str, Any]:
        """Return p and what has been noted since it was adjusted."""
        return {"p": self.p.cpu(), "signs": self.signs.cpu()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken, in the memory that recorded steps read."""
        self.p.copy_(state["p"])
        self.signs.copy_(state["signs"])


def drawn(size: int) -> Tensor:
    """Draw what maps are transformed by, (size, WIDTH)."""
    return torch.cat([torch.rand(size, CHANCES + EVEN), torch.randn(size, NORMAL)], 1)


def transforms(draws: Tensor, p: Tensor, side: int) -> Tensor:
    """Return where a map's pixels are taken from, (B, 3, 3) in units of half its side.

    In this order (appendix B of the paper): mirrored, turned by quarters, moved by whole pixels;
    scaled, turned, stretched, turned again, moved by fractions. Turns are done with a probability
    that makes p that of one of the two.
    """
    chance, even, normal = draws.split([CHANCES, EVEN, NORMAL], 1)
    turning = 1 - (1 - p).clamp(0, 1).sqrt()
    limits = torch.stack([p, p, p, p, turning, p, turning, p])
    on = (chance < limits).to(draws)  # (B, 8): 1 where an operation is done
    mirror = 1 - 2 * (on[:, 0] * (even[:, 0] * 2).floor())
    quarter = on[:, 1] * (even[:, 1] * 4).floor() * (math.pi / 2)
    whole = on[:, 2:3] * ((even[:, 2:4] * 2 - 1) * SHIFT * side).round() * (2 / side)
    scale = (on[:, 3] * normal[:, 0] * SPREAD).exp2()
    before, after = (on[:, k] * (even[:, m] * 2 - 1) * math.pi for k, m in ((4, 4), (6, 5)))
    stretch = (on[:, 5] * normal[:, 1] * SPREAD).exp2()
    fraction = on[:, 7:8] * normal[:, 2:4] * SHIFT * 2
    found = scaled(mirror, torch.ones_like(mirror)) @ turned(quarter) @ moved(whole)
    found = found @ scaled(1 / scale, 1 / scale) @ turned(before)
    return found @ scaled(1 / stretch, stretch) @ turned(after) @ moved(fraction)


def scaled(across: Tensor, down: Tensor) -> Tensor:
    """Return matrices that multiply both coordinates, (B,) each → (B, 3, 3)."""
    return torch.diag_embed(torch.stack([across, down, torch.ones_like(down)], 1))


def turned(angle: Tensor) -> Tensor:
    """Return matrices that turn by an angle, (B,) → (B, 3, 3)."""
    cosine, sine, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = [cosine, -sine, none, sine, cosine, none, none, none, none + 1]
    return torch.stack(rows, 1).view(-1, 3, 3)


def moved(shift: Tensor) -> Tensor:
    """Return matrices that move by (across, down), (B, 2) → (B, 3, 3)."""
    none = torch.zeros_like(shift[:, 0])
    rows = [none + 1, none, shift[:, 0], none, none + 1, shift[:, 1], none, none, none + 1]
    return torch.stack(rows, 1).view(-1, 3, 3)
