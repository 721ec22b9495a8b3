"""Haematoxylin before and after a translation: what holds nuclei where they are.

A discriminator sees that H&E has violet nuclei, not which of the brown and blue things of an IHC
are to become some. Both stainings have haematoxylin in their nuclei; so it is held where it is.
"""

import torch
from torch import Tensor

from cytoforge.models.stain_change import DARKEST, DENSITIES

_FLAT = 1e-6  # variance of a density that is the same everywhere


def haematoxylin_of(images: Tensor) -> Tensor:
    """Return the optical density of haematoxylin by colour deconvolution (Ruifrok & Johnston 2001),
    in natural logarithms, float32 (B, H, W).

    images : red, green and blue, (B, 3, H, W) in [-1, 1]
    """
    light = (images.float() * 0.5 + 0.5).clamp(min=DARKEST)
    unmix = torch.linalg.inv(torch.tensor(DENSITIES))[:, 0].to(light)  # (3,)
    return torch.einsum("bchw,c->bhw", -light.log(), unmix)


def haematoxylin_moved(source: Tensor, made: Tensor) -> Tensor:
    """Return 1 − Pearson's correlation of haematoxylin in images and what was made of them, the
    mean over images: 0 to 2.

    A correlation does not see that one staining is paler than the other.

    source, made : (B, 3, H, W) in [-1, 1]
    """
    before, after = (
        density - density.mean((1, 2), keepdim=True)  # (B, H, W)
        for density in map(haematoxylin_of, (source, made))
    )
    spread = ((before**2).mean((1, 2)) + _FLAT) * ((after**2).mean((1, 2)) + _FLAT)  # (B,)
    return (1 - (before * after).mean((1, 2)) / spread.sqrt()).mean()
