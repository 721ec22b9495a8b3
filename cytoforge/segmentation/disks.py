"""Exact erosion and dilation by filled disks (all offsets with dx² + dy² <= r²) of any radius.

Pixels beyond the array are ignored by both, as if the array went on with whatever does no harm.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import ndimage

from cytoforge.segmentation.large_images import map_blocks


def erode_disk(mask: np.ndarray, radius: float) -> np.ndarray:
    """Return where the whole disk around a pixel lies in `mask`; bool (Y, X)."""
    # A disk holds its inscribed square. Where not even the square fits, the disk does not: this
    # costs two running minima and leaves most fields a small box, or nothing, for the transform.
    side = 2 * math.floor(radius / math.sqrt(2)) + 1
    fits = mask.astype(np.uint8)
    for axis in (0, 1):
        fits = ndimage.minimum_filter1d(fits, side, axis=axis, mode="constant", cval=1)
    fitting = fits > 0
    # Near the box's own border the transform does not see all that lies within the radius; such
    # pixels are none of the fitting ones.
    return _within_box(fitting, mask, radius, _erode_whole) & fitting


def dilate_disk(mask: np.ndarray, radius: float) -> np.ndarray:
    """Return where the disk around a pixel touches `mask`; bool (Y, X)."""
    return _within_box(mask, mask, radius, _dilate_whole)


def _erode_whole(mask: np.ndarray, radius: float) -> np.ndarray:
    if mask.all():  # the transform needs one pixel to measure from
        return mask.copy()
    return ndimage.distance_transform_edt(mask) > _limit(radius)


def _dilate_whole(mask: np.ndarray, radius: float) -> np.ndarray:
    if not mask.any():  # a block without any
        return mask.copy()
    return ndimage.distance_transform_edt(~mask) <= _limit(radius)


def _limit(radius: float) -> float:
    # Squared distances between pixels are integers, so a limit half way between two of them
    # never falls on a distance, whatever the rounding of the square root.
    return math.sqrt(math.floor(radius * radius + 1e-9) + 0.5)


def _within_box(
    where: np.ndarray,
    mask: np.ndarray,
    radius: float,
    operation: Callable[..., np.ndarray],
) -> np.ndarray:
    """Run `operation` on the part of `mask` that pixels in `where` can feel; False elsewhere."""
    result = np.zeros(mask.shape, bool)
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if len(rows) == 0:
        return result
    reach = math.ceil(radius) + 1
    box = tuple(
        slice(max(int(line[0]) - reach, 0), int(line[-1]) + reach + 1) for line in (rows, columns)
    )
    # Within the radius lies all that a pixel feels, so blocks of a large image change nothing.
    result[box] = map_blocks(partial(operation, radius=radius), reach, mask[box])
    return result
