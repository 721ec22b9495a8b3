"""Sections as another staining and another lamp would show them (Tellez et al. 2018,
doi:10.1109/TMI.2018.2820199)."""

import torch
from torch import Tensor

# Optical densities of haematoxylin, eosin and DAB in red, green and blue (Ruifrok & Johnston 2001).
DENSITIES = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
N_CHANGES = 7
DARKEST = 1 / 255  # of light, whose density is finite


def draw_changes(tiles: int, stains: float, light: float) -> Tensor:
    """Draw how each tile is changed, float32 (tiles, 7): factor and offset of each stain, and of
    all light.

    stains : factors are 1 ± so much, offsets ± so much; light : factors are 1 ± so much
    """
    spread = torch.tensor([stains] * 6 + [light])
    middle = torch.tensor([1.0] * 3 + [0.0] * 3 + [1.0])
    return middle + (torch.rand(tiles, N_CHANGES) * 2 - 1) * spread


def changed(images: Tensor, changes: Tensor) -> Tensor:
    """Return images with the concentration c of each stain made a c + b, and all light times l.

    images : red, green and blue, float32 (B, 3, H, W) in [-1, 1]; changes : a, b and l, (B, 7)
    """
    densities = torch.tensor(DENSITIES).to(images)  # (stain, colour)
    density = -(images * 0.5 + 0.5).clamp(min=DARKEST).log()
    stains = torch.einsum("bchw,cs->bshw", density, torch.linalg.inv(densities))
    factor, offset, lamp = changes[:, :3], changes[:, 3:6], changes[:, 6:]
    stains = stains * factor[..., None, None] + offset[..., None, None]
    light = (-torch.einsum("bshw,sc->bchw", stains, densities)).exp() * lamp[..., None, None]
    return light.clamp(0, 1) * 2 - 1
