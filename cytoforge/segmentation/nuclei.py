"""Nuclei of one fluorescence channel: threshold, seeds, watershed, contours at half height.

Everything is relative to the channel's own ground and to the nucleus diameter, so neither the
exposure nor an offset nor the normalisation changes the result.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from scipy import fft, ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.segmentation import watershed

from cytoforge.segmentation.contours import close_and_smooth, levels
from cytoforge.segmentation.fragments import merge_fragments
from cytoforge.segmentation.identity import in_raster_order, label_areas, largest_pieces
from cytoforge.segmentation.large_images import Block, blocks, find_in_blocks, map_blocks, thin

# Compresses brightness, so that dim nuclei count beside bright ones.
_POWER = 0.7
# A nucleus ends half way (in compressed brightness) between the ground and its own level.
_HALF = 0.5
# An object must stand this many standard deviations of the ground's noise above it. Measured: the
# brightest "objects" in pure Gaussian or Poisson noise reach 7, the dimmest nuclei of 53 images 10.
_MIN_SIGNAL = 7.5
# How many diameters around a pixel its ground and its threshold see: 4 sigma of 1.5 and 2 each.
_SIGHT = 10


@dataclass(frozen=True)
class NucleusSearch:
    """What a search may be told; the meaning of each stands in the watershed's search."""

    min_nucleus_area: float = 0.15
    seed_smoothing: float = 0.14
    local_threshold: float = 0.5


PLAIN_SEARCH = NucleusSearch()


@dataclass(frozen=True)
class Relief:
    """A channel made ready: height above the ground, float32 (Y, X), and what it says.

    ground, noise : median and robust standard deviation of the pixels below `threshold`
    threshold : Otsu's, between ground and nuclei
    """

    height: np.ndarray
    ground: float
    noise: float
    threshold: float


@dataclass(frozen=True)
class Hills:
    """What nuclei are looked for in: a hill for each of them, arrays (Y, X) of a block.

    Half of a hill is the distance from the background, which parts touching nuclei of equal
    brightness; half the negative Laplacian of Gaussian at nucleus size, which parts overlapping
    ones of different brightness.

    relief : of this block; ground, noise and threshold are the image's
    core : bool, above the threshold
    reach : bool, how far a nucleus may reach
    distance : from the background, in nucleus radii
    blobs : the negative Laplacian of Gaussian, float32
    """

    relief: Relief
    core: np.ndarray
    reach: np.ndarray
    distance: np.ndarray
    blobs: np.ndarray


def find_nuclei(
    channel: np.ndarray, diameter_px: float, search: NucleusSearch = PLAIN_SEARCH
) -> np.ndarray:
    """Return nuclei, int32 (Y, X), ids 1..n in raster order; all 0 when there are none.

    Parameters
    ----------
    channel : (Y, X), any real dtype and scale; nuclei are bright on a darker ground
    diameter_px : typical nucleus diameter; nuclei of a third to three times it are found
    """
    relief = nuclear_relief(channel, diameter_px)
    if relief is None:
        return np.zeros(channel.shape, np.int32)
    parts = blocks(channel.shape, _SIGHT * diameter_px)

    @lru_cache(maxsize=1)  # an only block is looked at once, of many each twice
    def hills(number: int) -> Hills:
        part = replace(relief, height=relief.height[parts[number].outer])
        return _hills(part, diameter_px, search)

    scale = _blob_scale(hills, parts, channel.shape)

    def find(block: Block) -> np.ndarray:
        return _nuclei_of(hills(parts.index(block)), scale, diameter_px)

    nuclei = find_in_blocks(find, parts, channel.shape, 0.25 * diameter_px)
    return in_raster_order(_drop_small(nuclei, search.min_nucleus_area, diameter_px))


def nuclear_relief(channel: np.ndarray, diameter_px: float) -> Relief | None:
    """Return the channel without its slow ground, or None when it is flat."""
    find_height = partial(_height, diameter_px=diameter_px)
    height = map_blocks(find_height, _SIGHT * diameter_px, channel)
    if not height.max() > height.min():
        return None
    sample = thin(height)
    threshold = float(threshold_otsu(sample))
    below = sample < threshold
    noise = _noise(sample, below, _smoothing_px(diameter_px))
    return Relief(height, float(np.median(sample[below])), noise, threshold)


def _smoothing_px(diameter_px: float) -> float:
    return max(0.04 * diameter_px, 0.7)


def _height(channel: np.ndarray, diameter_px: float) -> np.ndarray:
    """Return the compressed brightness above the slow ground, float32 (Y, X)."""
    pixels = channel.astype(np.float32)
    smooth = ndimage.gaussian_filter(pixels, _smoothing_px(diameter_px))
    wide = ndimage.gaussian_filter(pixels, max(0.1 * diameter_px, 1.0))
    # The ground: opening by three nuclei, made smooth. It follows slopes of light (but at the
    # image's edge), haze and bright tissue, and not nuclei, even crowded ones.
    window = max(int(3 * diameter_px) | 1, 3)
    ground = ndimage.maximum_filter(ndimage.minimum_filter(wide, size=window), size=window)
    ground = wide_gaussian(ground, window / 2)
    return np.maximum(smooth - ground, 0) ** np.float32(_POWER)


def wide_gaussian(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Return a float32 (Y, X) image smoothed, as `ndimage.gaussian_filter` with `mode="reflect"`.

    A mirrored image has cosines for its spectrum (DCT-II), so one product replaces two running
    sums over 8 sigma: at sigma 50 a field of 1536 × 2048 takes 0.04 s instead of 1.4 s. The kernel
    is not cut off at 4 sigma, where 6e-5 of it lies.
    """
    spectrum = fft.dctn(image)
    for axis, size in enumerate(image.shape):
        frequency = np.pi * np.arange(size) / size  # rad per px
        response = np.exp(-0.5 * (sigma_px * frequency) ** 2).astype(np.float32)
        spectrum *= np.expand_dims(response, 1 - axis)
    return fft.idctn(spectrum, overwrite_x=True)


def _noise(height: np.ndarray, ground: np.ndarray, smoothing_px: float) -> float:
    """Return the robust standard deviation of the ground's noise.

    From differences of pixels so far apart that smoothing does not tie them, but near enough for
    haze and dim structures to cancel.
    """
    lag = int(2 * smoothing_px) + 1
    both = ground[:, lag:] & ground[:, :-lag]
    difference = np.abs(height[:, lag:] - height[:, :-lag])[both]
    return 1.4826 * float(np.median(difference)) / np.sqrt(2) if len(difference) else 0.0


def _threshold(relief: Relief, diameter_px: float, local_weight: float) -> np.ndarray:
    """Return the global threshold mixed with the mean around each pixel, (Y, X)."""
    around = wide_gaussian(relief.height, 2 * diameter_px)
    floor = relief.ground + 0.5 * (relief.threshold - relief.ground)
    return (1 - local_weight) * relief.threshold + local_weight * np.maximum(around, floor)


def _hills(relief: Relief, diameter_px: float, search: NucleusSearch) -> Hills:
    height, ground = relief.height, relief.ground
    threshold = _threshold(relief, diameter_px, search.local_threshold)
    core = ndimage.binary_opening(ndimage.binary_fill_holes(height > threshold))
    # Basins reach beyond the core: a dim nucleus ends well below the common threshold.
    reach = core | (height > ground + 0.4 * (threshold - ground))
    distance = ndimage.distance_transform_edt(core)
    distance = ndimage.gaussian_filter(distance, search.seed_smoothing * diameter_px)
    # A disk of diameter d answers most to sigma = d / (2 sqrt 2); 0.7 of that for close ones.
    blobs = -ndimage.gaussian_laplace(height, 0.7 * diameter_px / (2 * np.sqrt(2)))
    return Hills(relief, core, reach, distance / (diameter_px / 2), blobs)


def _blob_scale(hills: Callable[[int], Hills], parts: list[Block], shape: tuple[int, ...]) -> float:
    """Return the 90th percentile of the blobs' heights in the core of the whole image."""
    heights = []
    for number, block in enumerate(parts):
        seen = hills(number)
        core = thin(seen.core[block.inner], shape)
        heights.append(thin(seen.blobs[block.inner], shape)[core])
    inside = np.concatenate(heights)
    return max(float(np.percentile(inside, 90)), 1e-12) if len(inside) else 1.0


def _nuclei_of(hills: Hills, scale: float, diameter_px: float) -> np.ndarray:
    """Return the nuclei of a block, small ones too, integer (Y, X)."""
    blobs = np.clip(hills.blobs / scale, -1, 1.5)
    response = 0.5 * np.minimum(hills.distance, 1.5) + 0.5 * blobs
    seeds = _peaks(response, hills.core, 0.25 * diameter_px)
    basins = watershed(-response, seeds, mask=hills.reach)
    pieces = _cut_at_half_height(basins, hills.core, hills.relief)
    pieces = _drop_small(largest_pieces(pieces), 0.03, diameter_px)
    above = hills.relief.height - hills.relief.ground
    nuclei = merge_fragments(pieces, above, diameter_px)
    return largest_pieces(close_and_smooth(nuclei, diameter_px))


def _peaks(response: np.ndarray, core: np.ndarray, radius_px: float) -> np.ndarray:
    """Return one seed for each pixel (or plateau) that no other within the radius exceeds."""
    size = 2 * max(round(radius_px), 1) + 1
    return label((response == ndimage.maximum_filter(response, size)) & core, connectivity=2)


def _cut_at_half_height(basins: np.ndarray, core: np.ndarray, relief: Relief) -> np.ndarray:
    """Return the basins' parts above half of their own level; basins in the noise vanish."""
    size = int(basins.max()) + 1
    level = levels(np.where(core, basins, 0), relief.height, size)
    level[level < relief.ground + _MIN_SIGNAL * relief.noise] = np.inf
    cut = relief.ground + _HALF * (level - relief.ground)
    return np.where(relief.height >= cut[basins], basins, 0)


def _drop_small(labels: np.ndarray, min_fraction: float, diameter_px: float) -> np.ndarray:
    """Remove labels smaller than a fraction of a typical nucleus' area."""
    area = label_areas(labels)
    small = area < min_fraction * np.pi * diameter_px**2 / 4
    return np.where(small[labels], 0, labels)
