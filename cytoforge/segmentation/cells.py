"""Whole cells grown from their nuclei on the channel that shows cytoplasm."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from scipy import ndimage
from skimage.measure import label
from skimage.segmentation import watershed

from cytoforge.segmentation.contours import close_and_smooth, levels
from cytoforge.segmentation.large_images import Block, blocks, map_blocks, thin

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
    parts = blocks(nuclei.shape, 2 * cell_px)

    @lru_cache(maxsize=1)  # an only block is looked at once, of many each three times
    def look(number: int) -> _View:
        outer = parts[number].outer
        return _view(nuclei[outer], cytoplasm[outer], nucleus_px)

    ground, noise = _ground(look, parts, nuclei.shape, cell_px)
    reach = partial(_reach, ground=ground, noise=noise, reach_px=cell_px - nucleus_px / 2)
    typical = _typical_edge(look, reach, parts, nuclei.shape)
    cells = np.empty(nuclei.shape, np.int32)
    for number, block in enumerate(parts):
        view = look(number)
        grown = _grow(view, reach(view), ground, typical, cell_px)
        cells[block.core] = _tidy(grown, view.nuclei, cell_px)[block.inner]
    return cells


@dataclass(frozen=True)
class _View:
    """What cells are grown in: nuclei, smooth cytoplasm, its slope, distance from the nuclei."""

    nuclei: np.ndarray
    smooth: np.ndarray
    edges: np.ndarray
    distance: np.ndarray

    def height(self, ground: float) -> np.ndarray:
        """Return the square root of brightness above the ground, (Y, X)."""
        height: np.ndarray = np.sqrt(np.maximum(self.smooth - ground, 0))
        return height


def _view(nuclei: np.ndarray, cytoplasm: np.ndarray, nucleus_px: float) -> _View:
    smooth = ndimage.gaussian_filter(cytoplasm.astype(np.float32), 0.06 * nucleus_px)
    edges = ndimage.gaussian_gradient_magnitude(smooth, 0.08 * nucleus_px)
    if not nuclei.any():  # a block of a large image: nothing is near, whatever the distance
        return _View(nuclei, smooth, edges, np.full(nuclei.shape, np.inf))
    return _View(nuclei, smooth, edges, ndimage.distance_transform_edt(nuclei == 0))


def _ground(
    look: Callable[[int], _View], parts: list[Block], shape: tuple[int, ...], cell_px: float
) -> tuple[float, float]:
    """Return the cytoplasm channel's ground and its noise, as the square root of brightness.

    The ground is what lies further than a cell from any nucleus, or in a crowded field, where
    that is less than a hundredth, the darkest fiftieth.
    """
    seen, distances = [], []
    for number, block in enumerate(parts):
        view = look(number)
        seen.append(thin(view.smooth[block.inner], shape).ravel())
        distances.append(thin(view.distance[block.inner], shape).ravel())
    smooth = np.concatenate(seen)
    far = smooth[np.concatenate(distances) > cell_px]
    if len(far) < smooth.size / 100:
        far = smooth[smooth <= np.percentile(smooth, 2)]
    ground = float(np.median(far))
    return ground, float(np.sqrt(1.4826 * float(np.median(np.abs(far - ground)))))


def _reach(view: _View, ground: float, noise: float, reach_px: float) -> np.ndarray:
    """Return where cells may be, bool (Y, X)."""
    bright = view.height(ground) > np.sqrt(3) * noise
    return ((view.distance <= reach_px) & bright) | (view.nuclei > 0)


def _typical_edge(
    look: Callable[[int], _View],
    reach: Callable[[_View], np.ndarray],
    parts: list[Block],
    shape: tuple[int, ...],
) -> float:
    """Return the 90th percentile of the slope where cells may be."""
    slopes = []
    for number, block in enumerate(parts):
        view = look(number)
        near = thin(reach(view)[block.inner], shape)
        slopes.append(thin(view.edges[block.inner], shape)[near])
    inside = np.concatenate(slopes)
    return max(float(np.percentile(inside, 90)), 1e-9) if len(inside) else 1.0


def _grow(
    view: _View, reach: np.ndarray, ground: float, typical: float, cell_px: float
) -> np.ndarray:
    if not view.nuclei.any():
        return np.zeros(view.nuclei.shape, np.int32)
    # Half edge, half distance: edges alone leak along bright rims, distance alone cuts through
    # the cytoplasm of large cells beside small ones.
    landscape = np.minimum(view.edges / typical, 1.5) + view.distance / (cell_px / 2)
    nuclei, height = view.nuclei, view.height(ground)
    basins = watershed(landscape, nuclei, mask=reach)
    # A cell ends where it falls below a fraction of its own level, so dim cells beside bright ones
    # keep their cytoplasm; its level is measured at and just around the nucleus.
    around = np.where(view.distance <= 0.12 * cell_px, basins, 0)
    level = levels(around, height, int(nuclei.max()) + 1)
    inside = height >= _CELL_EDGE * level[basins]
    return np.where(inside | (nuclei > 0), basins, 0)


def expand_nuclei(nuclei: np.ndarray, reach_px: float) -> np.ndarray:
    """Return nuclei grown by `reach_px`, int32 (Y, X), meeting half way: no cytoplasm channel."""
    return map_blocks(partial(_expand, reach_px=reach_px), reach_px + 1, nuclei)


def _expand(nuclei: np.ndarray, reach_px: float) -> np.ndarray:
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
