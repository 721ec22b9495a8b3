"""Reinhard's colour transfer, a trivial baseline: mean and SD of each axis of lαβ.

Reinhard et al. 2001 (10.1109/38.946629): red, green and blue to the responses of the eye's cones,
their logarithms, and three axes along which natural images hardly correlate.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

# Equation 4 of the paper: linear RGB to long, middle and short wavelengths.
TO_LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
# Equation 6: achromatic, yellow-blue, red-green.
TO_LAB = np.diag(1 / np.sqrt([3.0, 6.0, 2.0])) @ np.array(
    [[1.0, 1.0, 1.0], [1.0, 1.0, -2.0], [1.0, -1.0, 0.0]]
)
_FROM_LMS, _FROM_LAB = np.linalg.inv(TO_LMS), np.linalg.inv(TO_LAB)
# A logarithm of black has no value; one grey level has.
DARKEST = 1 / 255
FLAT = 1e-6


@dataclass(frozen=True)
class ColourStatistics:
    """Mean and population SD of l, α and β over pixels, (3,) each."""

    mean: np.ndarray
    sd: np.ndarray


def colour_statistics(fields: Iterable[np.ndarray]) -> ColourStatistics:
    """Return the statistics of all pixels of photographs, uint8 (Y, X, 3) each."""
    count, total, squares = 0, np.zeros(3), np.zeros(3)
    for rgb in fields:
        values = _lab(rgb).reshape(-1, 3)
        count += len(values)
        total += values.sum(0)
        squares += (values**2).sum(0)
    if not count:
        raise ValueError("expected at least one photograph")
    mean = total / count
    return ColourStatistics(mean, np.sqrt(np.maximum(squares / count - mean**2, 0)))


def reinhard(rgb: np.ndarray, target: ColourStatistics) -> np.ndarray:
    """Return a photograph with the mean and SD of the target's colours, uint8 (Y, X, 3).

    Each axis: x' = (x - mean) SD_target / SD + mean_target. An axis without any spread keeps it.
    """
    own = colour_statistics([rgb])
    scale = np.where(own.sd > FLAT, target.sd / np.maximum(own.sd, FLAT), 1.0)
    moved = (_lab(rgb) - own.mean) * scale + target.mean
    linear = 10.0 ** (moved @ _FROM_LAB.T) @ _FROM_LMS.T
    found: np.ndarray = np.rint(np.clip(linear, 0, 1) * 255).astype(np.uint8)
    return found


def _lab(rgb: np.ndarray) -> np.ndarray:
    """Return l, α, β, float64 (..., 3), of uint8 (..., 3)."""
    light = np.maximum(rgb, 1) / 255.0
    found: np.ndarray = np.log10(np.maximum(light @ TO_LMS.T, DARKEST)) @ TO_LAB.T
    return found
