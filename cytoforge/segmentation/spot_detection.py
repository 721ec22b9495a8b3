"""Bright points by the Laplacian of a Gaussian, the baseline that a detector of spots must beat.

Lindeberg (1998): the response of -σ² ∇² G_σ to a Gaussian of the same width is greatest at σ, and
is 0 on even and on evenly rising ground.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

# Noise is the median absolute deviation of the response, scaled to the σ of a normal distribution.
MAD_TO_SIGMA = 1.4826
THRESHOLD = 4.5
# Narrower filters than this answer to single pixels, and to the grid.
NARROWEST = 0.7
# The top of a parabola through three pixels lies at most this far from the middle one.
FARTHEST = 0.5


@dataclass(frozen=True)
class Detected:
    """Points found, all sorted by the row.

    Attributes
    ----------
    points : row and column, float64 (n, 2); the middle of a pixel has whole numbers
    response : of the filter, in units of its noise, (n,)
    grey : sum of grey values of each spot above its ground, if it is as wide as was sought, (n,)
    """

    points: np.ndarray
    response: np.ndarray
    grey: np.ndarray


def detect_spots(pixels: np.ndarray, sigma_px: float, threshold: float = THRESHOLD) -> Detected:
    """Find bright points of width σ in an image (Y, X), to a part of a pixel.

    Parameters
    ----------
    sigma_px : σ of a spot, in px
    threshold : least response, in robust standard deviations of the response of the whole image
    """
    # A pixel is a unit square, whose own variance widens what falls on it.
    sigma = max(np.sqrt(sigma_px**2 + 1 / 12), NARROWEST)
    values = np.asarray(pixels, np.float64)
    response = -(sigma**2) * ndimage.gaussian_laplace(values, sigma, mode="reflect")
    middle = np.median(response)
    noise = MAD_TO_SIGMA * float(np.median(np.abs(response - middle)))
    tops = response == ndimage.maximum_filter(response, 3, mode="reflect")
    # Where nothing varies, as in an image without noise, every pixel is a top.
    tops &= response > middle + max(threshold * noise, 1e-9 * max(float(np.ptp(values)), 1.0))
    rows, cols = np.nonzero(tops)
    above = response[rows, cols] - middle
    points = np.stack([rows, cols], -1) + _to_the_top(response, rows, cols)
    # -σ² ∇² G of a Gaussian of n photons and the same σ is n / (4 π σ²) at its middle.
    grey = above * 4 * np.pi * sigma**2
    return Detected(points, above / noise if noise else above, grey)


def _to_the_top(response: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Return how far the top of a parabola lies from its pixel along each axis, (n, 2)."""
    padded = np.pad(response, 1, mode="reflect")  # at the edge: on its pixel
    middle = padded[rows + 1, cols + 1]
    shifts = []
    for down, right in ((1, 0), (0, 1)):
        before = padded[rows + 1 - down, cols + 1 - right]
        after = padded[rows + 1 + down, cols + 1 + right]
        bend = before - 2 * middle + after
        shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1), 0.0)
        shifts.append(np.clip(shift, -FARTHEST, FARTHEST))
    return np.stack(shifts, -1)
