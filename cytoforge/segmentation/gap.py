"""The cell-free gap (wound) by erosion, dilation and erosion of the cell-free area.

Same morphology as the original pipeline, whose footprints are filled disks: all offsets with
dx² + dy² <= r². Eroding by such a disk keeps exactly the pixels whose Euclidean distance to the
nearest pixel outside is greater than r, so a distance transform replaces footprints of up to
281 × 281 pixels.
"""

import math

import numpy as np

from cytoforge.config.segmentation import GapConfig
from cytoforge.segmentation.disks import dilate_disk, erode_disk
from cytoforge.segmentation.identity import row_strips


def find_gap(
    nuclei: np.ndarray, cells: np.ndarray, cell_diameter_px: float, config: GapConfig
) -> np.ndarray:
    """Return the gap mask, bool (Y, X).

    Parameters
    ----------
    nuclei, cells : instance labels, integer (Y, X); 0 is background
    cell_diameter_px : unit of the radii given as `*_cells`
    config : radii in px overrule those in cell diameters

    Notes
    -----
    The cell-free area is framed by not-gap as wide as the first radius, so the image's edge
    counts as tissue; then eroded, dilated ("big") and eroded again ("middle").
    `cut_out`: big gap where there is neither cell nor nucleus; floating cells stay cells.
    `filled`: cells lying wholly in the middle gap belong to the gap too, so the gap has no holes
    in their shape. (`without_gap` then removes them.)
    """
    if not config.enabled:
        return np.zeros(cells.shape, bool)
    big, middle = gap_regions(cells == 0, gap_radii(cell_diameter_px, config))
    if not big.any():
        return big
    gap = big & (cells == 0) & (nuclei == 0)
    if config.floating_cells == "filled":
        gap |= _wholly_inside(cells, middle) | _wholly_inside(nuclei, middle)
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
    """Return the big and the middle gap region, bool (Y, X), of a cell-free area.

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
