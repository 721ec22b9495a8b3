"""The cell-free gap (wound): what belongs to it, by the method that the config names.

`region` and `texture` stand in files of their own. `original` is erosion, dilation and erosion of
the cell-free area, the same morphology as the original pipeline, whose footprints are filled disks:
all offsets with dx² + dy² <= r². Eroding by such a disk keeps exactly the pixels whose Euclidean
distance to the nearest pixel outside is greater than r, so a distance transform replaces footprints
of up to 281 × 281 pixels.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import GapConfig
from cytoforge.segmentation.disks import dilate_disk, erode_disk
from cytoforge.segmentation.gap_region import free_region
from cytoforge.segmentation.identity import row_strips


def find_gap(
    objects: Sequence[np.ndarray], cell_diameter_px: float, config: GapConfig
) -> np.ndarray:
    """Return the gap between objects, bool (Y, X), by method `region` or `original`.

    Parameters
    ----------
    objects : instance labels, integer (Y, X) each, e.g. cells and nuclei; 0 is background
    cell_diameter_px : unit of the radii given as `*_cells`
    config : radii in px overrule those in cell diameters

    Notes
    -----
    Original: the cell-free area is framed by not-gap as wide as the first radius, so the image's
    edge counts as tissue; then eroded, dilated ("big") and eroded again ("middle").
    `cut_out`: the gap is where there is no object; floating cells stay cells.
    `filled`: objects lying wholly in the middle of the gap belong to it too, so it has no holes in
    their shape. (`without_gap` then removes them.)
    """
    free = is_free(objects)
    radii = gap_radii(cell_diameter_px, config)
    if config.method == "original":
        big, middle = gap_regions(free, radii)
        return with_floating(big, middle, objects, config)
    return with_islands(free_region(free, radii[0]), radii[0], objects, config)


def is_free(objects: Iterable[np.ndarray]) -> np.ndarray:
    """Return where none of the labels has an object, bool (Y, X)."""
    return np.logical_and.reduce([labels == 0 for labels in objects])


def with_islands(
    region: np.ndarray, radius_px: float, objects: Sequence[np.ndarray], config: GapConfig
) -> np.ndarray:
    """Return a region without objects; or, where floating ones are filled, with its islands.

    An island lies in the region on all sides and is narrower than four radii: a few cells.
    """
    if config.floating_cells != "filled" or not region.any():
        return with_floating(region, region, objects, config)
    closed = erode_disk(dilate_disk(region, 2 * radius_px), 2 * radius_px)
    middle = region | (closed & ndimage.binary_fill_holes(region))
    return with_floating(region, middle, objects, config)


def with_floating(
    region: np.ndarray, middle: np.ndarray, objects: Sequence[np.ndarray], config: GapConfig
) -> np.ndarray:
    """Return a region without objects, but with those that lie wholly in `middle` if asked for."""
    if not region.any():
        return region
    gap = region & is_free(objects)
    if config.floating_cells == "filled":
        for labels in objects:
            gap |= _wholly_inside(labels, middle)
    return gap


def gap_radii(cell_diameter_px: float, config: GapConfig) -> tuple[float, float, float]:
    """Return the radii of first erosion, dilation and second erosion in px."""
    pairs = (
        (config.erode_px, config.erode_cells),
        (config.dilate_px, config.dilate_cells),
        (config.erode_again_px, config.erode_again_cells),
    )
    first, second, third = (
        multiple * cell_diameter_px if px is None else px for px, multiple in pairs
    )
    return first, second, third


def gap_regions(
    free: np.ndarray, radii: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the original's big and middle gap region, bool (Y, X), of a cell-free area.

    As in the original, dilation and second erosion see the frame too: a gap that reaches the
    image's edge grows into the frame before the second erosion.
    """
    frame = math.floor(radii[0])
    eroded = erode_disk(np.pad(free, frame), radii[0])
    if not eroded.any():  # most crowded fields end here
        return np.zeros_like(free), np.zeros_like(free)
    big = dilate_disk(eroded, radii[1])
    middle = erode_disk(big, radii[2])
    inner = tuple(slice(frame, frame + size) for size in free.shape)
    return big[inner], middle[inner]


def without_gap(labels: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Return labels, or a mask, without the pixels that belong to the gap; same dtype."""
    return np.where(gap, labels.dtype.type(0), labels)


def _wholly_inside(labels: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Return the pixels of objects that have no pixel outside `region`."""
    reaches_out = np.zeros(int(labels.max()) + 1, bool)
    for rows in row_strips(labels.shape):
        reaches_out[labels[rows][~region[rows]]] = True
    reaches_out[0] = True
    return ~reaches_out[labels]
