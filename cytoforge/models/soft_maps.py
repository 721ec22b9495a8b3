"""Label maps as a generator draws them: probabilities of classes and a distance, or one grey
channel, all in [-1, 1]."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.networks.labels import encode_labels

MapOutput = Literal["probabilities", "grey"]


@dataclass(frozen=True)
class MapFormat:
    """Which channels a drawn map has.

    Attributes
    ----------
    output : `probabilities`: a channel per code; `grey`: one, in which codes are equally spaced
    distance : whether the last channel is each pixel's distance to the outside of its object
    threshold : of `grey`: where between two codes' grey values the one begins and the other ends
    """

    n_codes: int
    output: MapOutput = "probabilities"
    distance: bool = True
    threshold: float = 0.5

    @property
    def channels(self) -> int:
        """Number of channels."""
        return (1 if self.output == "grey" else self.n_codes) + self.distance

    def squashed(self, raw: Tensor) -> Tensor:
        """Return what a generator makes as a map: a soft-max over codes; the distance, and grey, as
        they are, which the discriminator teaches to stay in [-1, 1]. (B, channels, H, W)."""
        if self.output == "grey":
            return raw
        codes = raw[:, : self.n_codes].softmax(1) * 2 - 1
        return torch.cat([codes, raw[:, self.n_codes :]], 1) if self.distance else codes

    def of_labels(self, labels: Tensor, distances: Tensor | None = None) -> Tensor:
        """Return real label maps in this format, float32 (B, channels, H, W).

        Parameters
        ----------
        labels : uint8 (B, H, W)
        distances : float32 (B, H, W) in [-1, 1], where the format has them
        """
        if self.output == "grey":
            found = encode_labels(labels, self.n_codes, "grey")
        else:
            found = encode_labels(labels, self.n_codes) * 2 - 1
        if self.distance:
            assert distances is not None, "config.needs names them"
            found = torch.cat([found, distances[:, None]], 1)
        return found

    def softened(self, maps: Tensor, blur_px: float, strength: Tensor) -> Tensor:
        """Return real maps slightly blurred and noised, as soft as those that a generator draws.

        A discriminator would else tell 0 and 1 from 0.01 and 0.99, and teach nothing about cells.

        Parameters
        ----------
        maps : (B, channels, H, W) in [-1, 1]
        blur_px : SD of the Gaussian; 0: none
        strength : (B, 1, H, W) in [0, 1]: how far a pixel's class is from certain
        """
        maps = blurred(maps, blur_px) if blur_px else maps
        codes = maps[:, : self.channels - self.distance]
        unsure = 0.0 if self.output == "grey" else 2 / self.n_codes - 1
        codes = codes + strength * (unsure - codes)
        return torch.cat([codes, maps[:, -1:]], 1) if self.distance else codes

    def codes(self, maps: Tensor) -> Tensor:
        """Return the code of every pixel of maps in [-1, 1], uint8 (B, H, W)."""
        if self.output == "grey":
            place = (maps[:, 0] * 0.5 + 0.5).clamp(0, 1) * (self.n_codes - 1)
            return (place + (1 - self.threshold)).floor().clamp(max=self.n_codes - 1).byte()
        return maps[:, : self.n_codes].argmax(1).byte()

    def depth(self, maps: Tensor) -> Tensor | None:
        """Return the distances of maps in [-1, 1], float32 (B, H, W) in [0, 1]; None without."""
        return maps[:, -1].mul(0.5).add(0.5).clamp(0, 1) if self.distance else None


def blurred(maps: Tensor, sd_px: float) -> Tensor:
    """Return maps (B, C, H, W) smoothed by a Gaussian of 3 × 3 px; borders are continued."""
    side = math.exp(-0.5 / sd_px**2)
    line = torch.tensor([side, 1.0, side], device=maps.device) / (1 + 2 * side)
    kernel = torch.outer(line, line).expand(maps.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(maps, (1, 1, 1, 1), mode="replicate"), kernel, groups=maps.shape[1])


def cropped(plane: Tensor, size_px: int, down: Tensor, across: Tensor) -> Tensor:
    """Return a square of each tile, (B, H, W) → (B, size_px, size_px).

    down, across : integers (B,): its first row and column
    """
    lines = torch.arange(size_px, device=plane.device)
    rows = (down[:, None] + lines)[:, :, None]  # (B, size, 1)
    cols = (across[:, None] + lines)[:, None, :]  # (B, 1, size)
    tiles = torch.arange(len(plane), device=plane.device)[:, None, None]
    return plane[tiles, rows, cols]


def middle(plane: Tensor, size_px: int) -> Tensor:
    """Return the middle of each tile, (…, H, W) → (…, size_px, size_px)."""
    top, left = ((side - size_px) // 2 for side in plane.shape[-2:])
    return plane[..., top : top + size_px, left : left + size_px]
