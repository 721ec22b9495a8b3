"""Macenko's stain normaliser, a trivial baseline: each stain's colour and strength made alike.

Macenko et al. 2009 (10.1109/ISBI.2009.5193250): optical densities of two stains lie in a plane;
its extreme directions (1st and 99th percentile of the angle) are the stains, and the 99th
percentile of each one's concentration is its strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.segmentation.stain_density import STAINS, VECTORS, optical_density

FAINTEST = 0.15 / np.log(10)
"""Decadic density below which a pixel is bare slide (0.15 in natural logarithms, as published)."""
PERCENT = 1.0
"""Percentile of the angle at either end, as published."""
# Too few stained pixels have no plane of their own: a hundredth of a tile of 256 px.
FEWEST = 655
MOST = 500_000  # pixels of many fields that a basis is found from, evenly chosen


@dataclass(frozen=True)
class StainBasis:
    """Colours and strengths of two stains.

    vectors : (2, 3) of unit length, the one that absorbs more red first: haematoxylin
    strengths : 99th percentile of each concentration, (2,)
    fixed : whether too little was stained to measure, so that the colours are Ruifrok's
    """

    vectors: np.ndarray
    strengths: np.ndarray
    fixed: bool = False


def stain_basis(fields: Sequence[np.ndarray], second: str = "eosin") -> StainBasis:
    """Find the stains of photographs, uint8 (Y, X, 3) each.

    second : the stain beside haematoxylin, whose colour is taken where nothing can be measured
    """
    step = max(1, sum(rgb.size // 3 for rgb in fields) // MOST)
    pixels = np.concatenate([rgb.reshape(-1, 3)[::step] for rgb in fields])
    density = optical_density(pixels).astype(np.float64)
    stained = density[(density > FAINTEST).all(1)]
    fixed = len(stained) < min(FEWEST, len(pixels))
    vectors = _fixed(second) if fixed else _extremes(stained)
    amounts = _concentrations(density, vectors)
    strengths = np.maximum(np.percentile(amounts, 99, axis=0), 1e-3)
    return StainBasis(vectors, strengths, fixed)


def macenko(rgb: np.ndarray, target: StainBasis, second: str = "eosin") -> np.ndarray:
    """Return a photograph with the colours and strengths of the target's stains, uint8 (Y, X, 3).

    A nearly empty field has no plane of its own; it is unmixed by the fixed colours then, and keeps
    its strengths, since a percentile of dust would be blown up to that of tissue.
    """
    own = stain_basis([rgb], second)
    amounts = _concentrations(optical_density(rgb).reshape(-1, 3).astype(np.float64), own.vectors)
    if not own.fixed:
        amounts *= target.strengths / own.strengths
    light = 10.0 ** -(np.maximum(amounts, 0) @ target.vectors)
    found: np.ndarray = np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8).reshape(rgb.shape)
    return found


def _extremes(density: np.ndarray) -> np.ndarray:
    """Return the two extreme directions, (2, 3), of densities (n, 3) in their plane."""
    _, axes = np.linalg.eigh(np.cov(density.T))
    plane = axes[:, :0:-1]  # of the two largest eigenvalues, largest first
    plane = plane * np.where(plane.sum(0) < 0, -1, 1)
    angles = np.arctan2(density @ plane[:, 1], density @ plane[:, 0])
    ends = np.percentile(angles, [PERCENT, 100 - PERCENT])
    vectors = np.stack([np.cos(ends), np.sin(ends)], -1) @ plane.T
    # Noise can turn a component below 0, which no stain has.
    return _in_order(np.maximum(vectors, 0))


def _fixed(second: str) -> np.ndarray:
    return _in_order(VECTORS[[0, STAINS.index(second)]])


def _in_order(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    ordered: np.ndarray = vectors[np.argsort(-vectors[:, 0], kind="stable")]
    return ordered


def _concentrations(density: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the least-squares amounts (n, 2) of two stains in densities (n, 3)."""
    amounts: np.ndarray = density @ np.linalg.pinv(vectors)
    return amounts
