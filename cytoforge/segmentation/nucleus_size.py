"""The typical nucleus diameter, found from the image itself."""

import numpy as np
from scipy import ndimage

from cytoforge.segmentation.large_images import blocks
from cytoforge.segmentation.moments import label_moments, median_diameter_px
from cytoforge.segmentation.nuclei import PLAIN_SEARCH, NucleusSearch, find_nuclei, nuclear_relief

# The smallest nucleus that can be told from noise.
_SMALLEST_PX = 5.0
_SMALL_START_PX = 12.0
_WIDEST_PX = 200  # of an object that is measured whole in one block of a large image


def estimate_nucleus_diameter(channel: np.ndarray, search: NucleusSearch = PLAIN_SEARCH) -> float:
    """Return the median nucleus diameter in px (of disks with the nuclei's areas).

    Starts from the half widths of what lies above a threshold, then measures the nuclei found
    with that size, twice. Where that ends at large nuclei a second start, from small ones, is
    tried: in a bright organ or embryo the first finds the organ. It counts when its objects are
    clearly better ellipses. Of 53 images with true labels and nuclei of 9 to 100 px, 49 come out
    within 20 % of the true median, 47 within 10 %.
    """
    diameter, roundness = _settle(channel, _half_width_guess(channel), search)
    if diameter > 2.5 * _SMALL_START_PX:
        other, other_roundness = _settle(channel, _SMALL_START_PX, search)
        if other_roundness > roundness + 0.01:
            return other
    return diameter


def _settle(channel: np.ndarray, start_px: float, search: NucleusSearch) -> tuple[float, float]:
    """Return the diameter measured twice over from a start, and how elliptic the objects are."""
    diameter, roundness = start_px, 0.0
    for _ in range(2):
        nuclei = find_nuclei(channel, diameter, search)
        measured = median_diameter_px(nuclei)
        if measured is None:
            break
        diameter = max(measured, _SMALLEST_PX)
        moments = label_moments(nuclei)
        roundness = float(np.average(moments.ellipse_fit(), weights=moments.area))
    return diameter, roundness


def _half_width_guess(channel: np.ndarray) -> float:
    """Return twice the distance from background at the middle of a typical bright object."""
    shortest = min(channel.shape)
    relief = nuclear_relief(channel, min(shortest / 8, 50) * 2.5 / 3)
    fallback = 15.0
    if relief is None:
        return fallback
    bright = relief.height > relief.threshold
    found = [_half_widths(bright[b.outer], b.inner) for b in blocks(channel.shape, _WIDEST_PX)]
    peaks = np.sort(np.concatenate(found))
    if not len(peaks):
        return fallback
    # The median over area, not over count: specks are many and small.
    covered = np.cumsum(peaks**2)
    middle = peaks[np.searchsorted(covered, covered[-1] / 2)]
    # 1.15: smoothing has lowered the peaks, and nuclei are longer than wide.
    return float(np.clip(2 * 1.15 * middle, _SMALLEST_PX, max(shortest / 4, _SMALLEST_PX)))


def _half_widths(bright: np.ndarray, inner: tuple[slice, slice]) -> np.ndarray:
    """Return the largest distance from background in each object of a block's core."""
    mask = ndimage.binary_opening(ndimage.binary_fill_holes(bright))
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.0)
    peaks = (distance == ndimage.maximum_filter(distance, size=7)) & (distance > 1.5)
    return distance[inner][peaks[inner]]
