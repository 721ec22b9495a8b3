"""Whole cells grown from their nuclei on the channel that shows cytoplasm."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.segmentation import watershed

from cytoforge.segmentation.disks import dilate_disk
from cytoforge.segmentation.identity import largest_pieces


def grow_cells(
    nuclei: np.ndarray, cytoplasm: np.ndarray, nucleus_px: float, cell_px: float
) -> np.ndarray:
    """Return cells, int32 (Y, X), with the ids of `nuclei`; every nucleus lies in its cell.

    Parameters
    ----------
    nuclei : int32 (Y, X)
    cytoplasm : float32 (Y, X), any scale, bright where cells are
    nucleus_px, cell_px : typical diameters; a cell reaches at most `cell_px` - `nucleus_px` / 2
        beyond its nucleus, since a nucleus may lie at the side of its cell
    """
    smooth = ndimage.gaussian_filter(cytoplasm.astype(np.float32), 0.06 * nucleus_px)
    foreground = cell_foreground(smooth, nuclei > 0, cell_px)
    distance = ndimage.distance_transform_edt(nuclei == 0)
    allowed = (foreground & (distance <= cell_px - nucleus_px / 2)) | (nuclei > 0)
    edges = ndimage.gaussian_gradient_magnitude(smooth, 0.08 * nucleus_px)
    typical = float(np.percentile(edges[allowed], 90)) if allowed.any() else 1.0
    # Half edge, half distance: edges alone leak along bright rims, distance alone cuts through
    # the cytoplasm of large cells beside small ones.
    landscape = np.minimum(edges / max(typical, 1e-9), 1.5) + distance / (cell_px / 2)
    grown = watershed(landscape, nuclei, mask=allowed)
    return _tidy(grown, nuclei, cell_px)


def expand_nuclei(nuclei: np.ndarray, reach_px: float) -> np.ndarray:
    """Return nuclei grown by `reach_px`, int32 (Y, X), meeting half way: no cytoplasm channel."""
    distance, nearest = ndimage.distance_transform_edt(nuclei == 0, return_indices=True)
    return np.where(distance <= reach_px, nuclei[tuple(nearest)], 0).astype(np.int32)


def cell_foreground(smooth: np.ndarray, nuclear: np.ndarray, cell_px: float) -> np.ndarray:
    """Return where there is any cell, bool (Y, X), also for cells far dimmer than the brightest.

    The threshold is Otsu's on the square root of intensity above the ground, kept between the
    ground's own noise and the dimmer of the cells that have a nucleus.
    """
    low = float(np.percentile(smooth, 1))
    root = np.sqrt(np.maximum(smooth - low, 0))
    threshold = threshold_otsu(root)
    around = dilate_disk(nuclear, 0.1 * cell_px) & ~nuclear
    if around.any():
        # Cytoplasm right beside nuclei: nine cells in ten are brighter than its tenth percentile.
        threshold = min(threshold, 0.9 * float(np.percentile(root[around], 10)))
    ground = root[root < threshold]
    if len(ground):
        middle = float(np.median(ground))
        noise = 1.4826 * float(np.median(np.abs(ground - middle)))
        threshold = max(threshold, middle + 2 * noise)
    foreground = ndimage.binary_opening(root > threshold, iterations=1)
    return ndimage.binary_fill_holes(foreground) & (
        foreground | _small_holes(foreground, cell_px)
    )


def _small_holes(foreground: np.ndarray, cell_px: float) -> np.ndarray:
    """Return holes smaller than a quarter of a cell; larger ones are room between cells."""
    holes, count = ndimage.label(~foreground)
    area = np.bincount(holes.ravel(), minlength=count + 1)
    small = area < 0.25 * np.pi * cell_px**2 / 4
    small[0] = False
    return small[holes]


def _tidy(cells: np.ndarray, nuclei: np.ndarray, cell_px: float) -> np.ndarray:
    """Smooth ragged borders and drop pieces cut off from their nucleus."""
    size = max(3, 2 * round(0.06 * cell_px) + 1)
    inside = ndimage.uniform_filter((cells > 0).astype(np.float32), size) > 0.5
    cells = np.where(inside | (nuclei > 0), cells, 0)
    # The nucleus is the larger weight: of a cell's pieces the one around it must stay.
    cells = largest_pieces(cells)
    return np.where(nuclei > 0, nuclei, cells).astype(np.int32)
