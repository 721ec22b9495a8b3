"""The gap as the smooth part of an image; needs no segmentation, so no method that finds cells.

Local standard deviation of the logarithm at several scales, smoothed, parted by Otsu's threshold.
The logarithm makes shading, which multiplies, a slow summand that a local deviation does not see.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label

from cytoforge.segmentation.disks import dilate_disk, erode_disk
from cytoforge.segmentation.gap_region import holding

# Textures are measured on an image of about this longer side: a wound is no detail.
LONG_SIDE_PX = 1000
# Windows, in pixels of that image, that hold what a cell's border and a whole cell vary by.
WINDOWS_PX = (5, 9, 17)
SMOOTHING_PX = 8.0
# What parts a wound from an image without one; see `ask_texture`.
LEAST_CONTRAST, LEAST_SEPARATION = 1.1, 3.5
LEAST_SOLID = 0.8
# Half the width of closed tissue, of the image's shorter side.
TISSUE_FRACTION = 0.06
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


@dataclass(frozen=True)
class Answer:
    """What the texture of an image says of a gap.

    Attributes
    ----------
    threshold : logarithm of the deviation below which the image is gap; None where there is none
    why_not : why there is none; "" where there is one
    """

    threshold: float | None
    why_not: str = ""


def ask_texture(texture: Texture, short_side_px: int) -> Answer:
    """Return the threshold that parts gap from tissue, or why the image has no wound.

    A wound is smooth ground between closed tissue. So an image has none unless

    - contrast: tissue varies three times as much (difference of the logarithms' means);
    - separation: the two are two populations, not halves of one (Ashman's D, the difference in
      common standard deviations; Ashman 1994, Astron. J. 108:2348);
    - tissue is solid: most of what is not smooth survives an opening by a disk. Cells that lie
      scattered have free ground everywhere, which is no wound.

    short_side_px : of the image, which the texture may be a strip of
    """
    values = texture.log_deviation
    if not values.max() > values.min():
        return Answer(None, "it is the same everywhere")
    threshold = float(threshold_otsu(values))
    smooth = values < threshold
    contrast = float(values[~smooth].mean() - values[smooth].mean())
    spread = math.sqrt((float(values[~smooth].var()) + float(values[smooth].var())) / 2)
    if contrast < LEAST_CONTRAST:
        return Answer(None, f"nothing is much smoother than the rest (contrast {contrast:.2f})")
    if contrast < LEAST_SEPARATION * spread:
        return Answer(None, f"smooth and rough go over into one another ({contrast / spread:.1f})")
    solid = solid_share(~smooth, TISSUE_FRACTION * short_side_px / texture.step)
    if solid < LEAST_SOLID:
        return Answer(None, f"cells lie scattered ({solid:.0%} of them in closed tissue)")
    return Answer(threshold)


def smooth_region(
    texture: Texture, threshold: float | None, radius_px: float, shape: tuple[int, int]
) -> np.ndarray:
    """Return the smooth parts of an image that hold a core, bool (Y, X).

    Parameters
    ----------
    threshold : of `ask_texture`; with None there is no gap
    radius_px : half the width that a gap has somewhere; it goes on beyond the image's edge
    shape : the image's
    """
    nothing = np.zeros(shape, bool)
    if threshold is None:
        return nothing
    smooth = texture.log_deviation < threshold
    smooth |= _specks(smooth)
    radius = radius_px / texture.step
    core = _mirrored(smooth, radius, partial(erode_disk, radius=radius))
    if not core.any():
        return nothing
    return _enlarged(texture.log_deviation, holding(smooth, core), threshold, texture.step, shape)


def solid_share(mask: np.ndarray, radius: float) -> float:
    """Return which part of a mask, not empty, an opening by a disk leaves, 0–1."""
    opened = _mirrored(mask, 2 * radius, lambda m: dilate_disk(erode_disk(m, radius), radius))
    return float(opened.sum() / mask.sum())


def _mirrored(
    mask: np.ndarray, reach: float, morphology: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return morphology of a mask that goes on beyond its edges as its mirror image."""
    frame = math.ceil(reach) + 1
    inner = tuple(slice(frame, frame + size) for size in mask.shape)
    return morphology(np.pad(mask, frame, mode="symmetric"))[inner]


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
