"""Whole cells grown from their nuclei on the channel that shows cytoplasm."""

import numpy as np
from scipy import ndimage
from skimage.measure import label
from skimage.segmentation import watershed

from cytoforge.segmentation.contours import close_and_smooth, levels

# Fraction of its own level, in square roots of brightness above the ground, at which a cell ends.
_CELL_EDGE = 0.55


def grow_cells(
    nuclei: np.ndarray, cytoplasm: np.ndarray, nucleus_px: float, cell_px: float
) -> np.ndarray:
    """Return cells, int32 (Y, X), with the ids of `nuclei`; every nucleus lies in its cell.

    Parameters
    ----------
    nuclei : int32 (Y, X)
    cytoplasm : (Y, X), any real dtype and scale, bright where cells are
    nucleus_px, cell_px : typical diameters; a cell reaches at most `cell_px` - `nucleus_px` / 2
        beyond its nucleus, since a nucleus may lie at the side of its cell
    """
    smooth = ndimage.gaussian_filter(cytoplasm.astype(np.float32), 0.06 * nucleus_px)
    distance = ndimage.distance_transform_edt(nuclei == 0)
    height, noise = _height(smooth, distance, cell_px)
    near = distance <= cell_px - nucleus_px / 2
    reach = (near & (height > np.sqrt(3) * noise)) | (nuclei > 0)
    edges = ndimage.gaussian_gradient_magnitude(smooth, 0.08 * nucleus_px)
    typical = float(np.percentile(edges[reach], 90)) if reach.any() else 1.0
    # Half edge, half distance: edges alone leak along bright rims, distance alone cuts through
    # the cytoplasm of large cells beside small ones.
    landscape = np.minimum(edges / max(typical, 1e-9), 1.5) + distance / (cell_px / 2)
    basins = watershed(landscape, nuclei, mask=reach)
    # A cell ends where it falls below a fraction of its own level, so dim cells beside bright ones
    # keep their cytoplasm; its level is measured at and just around the nucleus.
    level = levels(np.where(distance <= 0.12 * cell_px, basins, 0), height, int(nuclei.max()) + 1)
    inside = height >= _CELL_EDGE * level[basins]
    return _tidy(np.where(inside | (nuclei > 0), basins, 0), nuclei, cell_px)


def _height(smooth: np.ndarray, distance: np.ndarray, cell_px: float) -> tuple[np.ndarray, float]:
    """Return the square root of brightness above the ground, (Y, X), and the ground's noise.

    The ground is what lies further than a cell from any nucleus, or in a crowded field, where
    that is less than a hundredth, the darkest fiftieth.
    """
    far = smooth[distance > cell_px]
    if len(far) < smooth.size / 100:
        far = smooth[smooth <= np.percentile(smooth, 2)]
    ground = float(np.median(far))
    height = np.sqrt(np.maximum(smooth - ground, 0))
    noise = np.sqrt(1.4826 * float(np.median(np.abs(far - ground))))
    return height, noise


def expand_nuclei(nuclei: np.ndarray, reach_px: float) -> np.ndarray:
    """Return nuclei grown by `reach_px`, int32 (Y, X), meeting half way: no cytoplasm channel."""
    distance, nearest = ndimage.distance_transform_edt(nuclei == 0, return_indices=True)
    return np.where(distance <= reach_px, nuclei[tuple(nearest)], 0).astype(np.int32)


def _tidy(cells: np.ndarray, nuclei: np.ndarray, cell_px: float) -> np.ndarray:
    """Fill slits and holes, round the contour and drop pieces cut off from the nucleus."""
    cells = close_and_smooth(cells, 0.6 * cell_px)
    cells = np.where(nuclei > 0, nuclei, cells)
    pieces = label(cells, connectivity=1, background=0)
    with_nucleus = np.zeros(int(pieces.max()) + 1, bool)
    with_nucleus[pieces[nuclei > 0]] = True
    with_nucleus[0] = False
    kept = np.where(with_nucleus[pieces], cells, 0)
    return kept.astype(np.int32)
