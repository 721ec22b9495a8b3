"""The gap as the smooth part of an image; needs no segmentation, so no method that finds cells.

Local standard deviation of the logarithm at several scales, smoothed, parted by Otsu's threshold.
The logarithm makes shading, which multiplies, a slow summand that a local deviation does not see.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label

from cytoforge.segmentation.disks import erode_disk
from cytoforge.segmentation.gap_region import holding

# Textures are measured on an image of about this longer side: a wound is no detail.
LONG_SIDE_PX = 1000
# Windows, in pixels of that image, that hold what a cell's border and a whole cell vary by.
WINDOWS_PX = (5, 9, 17)
SMOOTHING_PX = 8.0
# What parts a wound from an image without one; see `separates`.
LEAST_CONTRAST, LEAST_SEPARATION = 1.1, 3.5
# Half the width that a gap has somewhere, of the image's shorter side, where no cell's size tells.
CORE_FRACTION = 0.04
# A hole in the smooth region as small as one smoothed speck of dust is filled.
SPECK_PX2 = math.pi * SMOOTHING_PX**2


@dataclass(frozen=True)
class Texture:
    """How much an image varies around each pixel.

    Attributes
    ----------
    log_deviation : float32 (y, x), natural logarithm of the deviation, smoothed
    step : px of the image to one of these
    """

    log_deviation: np.ndarray
    step: int


def step_of(shape: tuple[int, ...]) -> int:
    """Return by how much an image of that shape (Y, X) is reduced.

    >>> step_of((1531, 1531)), step_of((512, 512))
    (2, 1)
    """
    return max(math.ceil(max(shape) / LONG_SIDE_PX), 1)


def texture_of(plane: np.ndarray, step: int) -> Texture:
    """Return the texture of an image (Y, X) of any real dtype; negative values count as 0."""
    reduced = np.log1p(np.maximum(_reduced(plane, step), 0))
    total = np.zeros(reduced.shape, np.float64)
    for window in WINDOWS_PX:
        mean = ndimage.uniform_filter(reduced, window)
        variance = ndimage.uniform_filter(reduced * reduced, window) - mean * mean
        # Rounding leaves 1e-12 where an image is constant.
        total += 0.5 * np.log(np.maximum(variance, 1e-8))
    smooth = ndimage.gaussian_filter(total / len(WINDOWS_PX), SMOOTHING_PX)
    return Texture(smooth.astype(np.float32), step)


def smooth_threshold(texture: Texture) -> float | None:
    """Return the logarithm of the deviation that parts gap from cells; None of one population."""
    values = texture.log_deviation
    if not values.max() > values.min():
        return None
    threshold = float(threshold_otsu(values))
    low, high = values[values < threshold], values[values >= threshold]
    return threshold if separates(low, high) else None


def separates(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether two parts of the logarithms are two populations, not halves of one.

    Contrast: cells vary by three times as much as the gap (difference of the means above
    `LEAST_CONTRAST`). Separation: Ashman's D, the difference in common standard deviations
    (Ashman 1994, Astron. J. 108:2348).
    """
    contrast = float(high.mean() - low.mean())
    spread = math.sqrt((float(high.var()) + float(low.var())) / 2)
    return contrast >= LEAST_CONTRAST and contrast >= LEAST_SEPARATION * spread


def smooth_region(
    texture: Texture, threshold: float | None, radius_px: float, shape: tuple[int, int]
) -> np.ndarray:
    """Return the smooth parts of an image that hold a core, bool (Y, X).

    Parameters
    ----------
    threshold : of `smooth_threshold`; with None there is no gap
    radius_px : half the width that a gap has somewhere; it goes on beyond the image's edge
    shape : the image's
    """
    nothing = np.zeros(shape, bool)
    if threshold is None:
        return nothing
    smooth = texture.log_deviation < threshold
    smooth |= _specks(smooth)
    radius = radius_px / texture.step
    frame = math.ceil(radius) + 1
    mirrored = np.pad(smooth, frame, mode="symmetric")
    inner = tuple(slice(frame, frame + size) for size in smooth.shape)
    core = erode_disk(mirrored, radius)[inner]
    if not core.any():
        return nothing
    return _enlarged(texture.log_deviation, holding(smooth, core), threshold, texture.step, shape)


def _reduced(plane: np.ndarray, step: int) -> np.ndarray:
    """Return the means of squares of `step` px; the last ones go on with the edge's values."""
    missing = [(0, -size % step) for size in plane.shape]
    whole = np.pad(plane, missing, mode="edge") if step > 1 else plane
    height, width = (size // step for size in whole.shape)
    means: np.ndarray = whole.reshape(height, step, width, step).mean((1, 3), dtype=np.float64)
    return means


def _specks(smooth: np.ndarray) -> np.ndarray:
    """Return the holes of the smooth part that a grain of dust makes, bool (y, x)."""
    holes = label(ndimage.binary_fill_holes(smooth) & ~smooth, connectivity=1)
    small = np.bincount(holes.ravel()) < SPECK_PX2
    small[0] = False
    specks: np.ndarray = small[holes]
    return specks


def _enlarged(
    log_deviation: np.ndarray,
    region: np.ndarray,
    threshold: float,
    step: int,
    shape: tuple[int, int],
) -> np.ndarray:
    """Return a reduced region at the image's size, its border interpolated between pixels."""
    inside = np.abs(log_deviation - threshold)
    height = np.where(region, inside, -inside)
    if step > 1:
        offset = 0.5 / step - 0.5  # centres of pixels, not their corners, lie on one another
        height = ndimage.affine_transform(
            height, (1 / step, 1 / step), offset, shape, order=1, mode="nearest"
        )
    enlarged: np.ndarray = height > 0
    return enlarged
