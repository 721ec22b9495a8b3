"""The typical nucleus diameter, found from the image itself."""

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.segmentation.moments import label_moments, median_diameter_px
from cytoforge.segmentation.nuclei import PLAIN_SEARCH, NucleusSearch, find_nuclei, nuclear_relief

# The smallest nucleus that can be told from noise.
_SMALLEST_PX = 5.0
_SMALL_START_PX = 12.0
# Larger estimates are refused: on uneven light they run away to the width of the shading.
LARGEST_PX = 200
# A window holds nuclei enough for a median, and is thinned to look where it should lie.
_WINDOW_PX, _THIN = 1024, 4
# So is its part of so many diameters, in which nuclei wider than this twice over are reduced: that
# bounds the pixels that are searched, whatever the diameter.
_ACROSS, _FEWEST_PX, _ENOUGH_PX = 32, 512, 12


def estimate_nucleus_diameter(channel: np.ndarray, search: NucleusSearch = PLAIN_SEARCH) -> float:
    """Return the median nucleus diameter in px (of disks with the nuclei's areas).

    Starts from the half widths of what lies above a threshold, then measures the nuclei found
    with that size, twice. Where that ends at large nuclei a second start, from small ones, is
    tried: in a bright organ or embryo the first finds the organ. It counts when its objects are
    clearly better ellipses. Of 53 images with true labels and nuclei of 9 to 100 px, 49 come out
    within 20 % of the true median, 47 within 10 %; measured before large nuclei were reduced, which
    has changed 22 images of nuclei by at most 6 %.

    Of a large image only the window is looked at in which fine structure is strongest, and in it so
    many pixels as some hundred nuclei need: the time grows with neither the image nor the nuclei.

    Raises
    ------
    UserError : objects too large for nuclei, as uneven light makes them
    """
    channel = liveliest_window(channel, _WINDOW_PX)
    diameter, roundness = _settle(channel, _half_width_guess(channel), search)
    small = None
    if diameter > 2.5 * _SMALL_START_PX:
        small, small_roundness = _settle(channel, _SMALL_START_PX, search)
        if small_roundness > roundness + 0.01:
            return small
    if diameter > LARGEST_PX:
        raise _implausible(diameter, small)
    return diameter


def liveliest_window(channel: np.ndarray, window_px: int) -> np.ndarray:
    """Return the square of that side with the most fine structure; a smaller image as it is.

    Fine is what differs from the mean around it, so neither a slope of light nor an empty gap
    is chosen.
    """
    sizes = [min(side, window_px) for side in channel.shape]
    if tuple(sizes) == channel.shape:
        return channel
    thinned = channel[::_THIN, ::_THIN].astype(np.float32)
    fine = np.abs(thinned - ndimage.uniform_filter(thinned, LARGEST_PX // _THIN))
    strength = ndimage.uniform_filter(fine, [size // _THIN for size in sizes], mode="constant")
    middle = np.unravel_index(int(strength.argmax()), strength.shape)
    box = []
    for at, size, side in zip(middle, sizes, channel.shape, strict=True):
        start = int(np.clip(at * _THIN - size // 2, 0, side - size))
        box.append(slice(start, start + size))
    return channel[tuple(box)]


def _implausible(diameter: float, small: float | None) -> UserError:
    other = f"; beginning with small ones, {small:.0f} px" if small and small < LARGEST_PX else ""
    return UserError(
        where="segmentations: nucleus_diameter_px (null: estimated from the image)",
        expected=f"nuclei of at most {LARGEST_PX} px",
        found=f"bright regions of {diameter:.0f} px, as uneven light makes them{other}",
        fix="measure a nucleus in the image and set `nucleus_diameter_px`; if no nuclei are bright"
        " in it, choose another `nuclei_channel` or method",
    )


def _settle(channel: np.ndarray, start_px: float, search: NucleusSearch) -> tuple[float, float]:
    """Return the diameter measured twice over from a start, and how elliptic the objects are."""
    diameter, roundness = start_px, 0.0
    for _ in range(2):
        window = liveliest_window(channel, max(round(_ACROSS * diameter), _FEWEST_PX))
        step = max(int(diameter / _ENOUGH_PX), 1)
        nuclei = find_nuclei(_reduced(window, step), diameter / step, search)
        measured = median_diameter_px(nuclei)
        if measured is None:
            break
        diameter = max(measured * step, _SMALLEST_PX)
        moments = label_moments(nuclei)
        roundness = float(np.average(moments.ellipse_fit(), weights=moments.area))
        if diameter > LARGEST_PX:  # it would only grow
            break
    return diameter, roundness


def _reduced(channel: np.ndarray, step: int) -> np.ndarray:
    """Return the means of squares of `step` px; what is left over at the end is left out."""
    if step == 1:
        return channel
    height, width = (size // step for size in channel.shape)
    whole = channel[: height * step, : width * step].astype(np.float32)
    return np.asarray(whole.reshape(height, step, width, step).mean((1, 3)))


def _half_width_guess(channel: np.ndarray) -> float:
    """Return twice the distance from background at the middle of a typical bright object."""
    shortest = min(channel.shape)
    relief = nuclear_relief(channel, min(shortest / 8, 50) * 2.5 / 3)
    fallback = 15.0
    if relief is None:
        return fallback
    bright = relief.height > relief.threshold
    peaks = np.sort(_half_widths(bright))
    if not len(peaks):
        return fallback
    # The median over area, not over count: specks are many and small.
    covered = np.cumsum(peaks**2)
    middle = peaks[np.searchsorted(covered, covered[-1] / 2)]
    # 1.15: smoothing has lowered the peaks, and nuclei are longer than wide.
    return float(np.clip(2 * 1.15 * middle, _SMALLEST_PX, max(shortest / 4, _SMALLEST_PX)))


def _half_widths(bright: np.ndarray) -> np.ndarray:
    """Return the largest distance from background in each object."""
    mask = ndimage.binary_opening(ndimage.binary_fill_holes(bright))
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.0)
    peaks = (distance == ndimage.maximum_filter(distance, size=7)) & (distance > 1.5)
    return distance[peaks]
