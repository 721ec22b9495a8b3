"""One id a cell: nuclei given to the cells that hold them, ids counted in raster order."""

import numpy as np
from skimage.measure import label
from skimage.segmentation import relabel_sequential


def one_id_a_cell(nuclei: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Match nuclei to cells by overlap and number the cells from 1 in raster order.

    Parameters
    ----------
    nuclei, cells : integer (Y, X) label maps whose ids need not be related

    Returns
    -------
    nuclei, cells : int32 (Y, X). A nucleus belongs to the cell covering most of it and is clipped
        to that cell; of several nuclei in a cell the one with the most pixels inside stays. Cells
        without nucleus stay; nuclei outside every cell vanish.
    """
    cells, n_cells = _compact(cells)
    nuclei, _ = _compact(nuclei)
    cells = in_raster_order(cells)
    partner = _partners(nuclei, cells, n_cells)
    matched = np.where(partner[nuclei] == cells, cells, 0).astype(np.int32)
    return matched, cells


def in_raster_order(labels: np.ndarray) -> np.ndarray:
    """Renumber ids by their first pixel, row by row; int32 (Y, X)."""
    first = np.full(int(labels.max(initial=0)) + 1, labels.size)
    first[labels.ravel()[::-1]] = np.arange(labels.size)[::-1]  # the last of a label's is kept
    first[0] = labels.size
    ids = np.argsort(first, kind="stable")[: np.count_nonzero(first < labels.size)]
    rank = np.zeros(len(first), np.int32)
    rank[ids] = np.arange(1, len(ids) + 1)
    return rank[labels]


def count_dropped(nuclei: np.ndarray, matched: np.ndarray) -> int:
    """Return how many nuclei `one_id_a_cell` could not keep."""
    return len(np.setdiff1d(nuclei, 0)) - len(np.setdiff1d(matched, 0))


def largest_pieces(labels: np.ndarray) -> np.ndarray:
    """Keep only the largest 4-connected piece of each label; same shape and dtype.

    Of equal pieces the first in raster order stays.
    """
    pieces, owner, area = _pieces(labels)
    order = np.lexsort((np.arange(len(area)), -area, owner))
    first = np.ones(len(order), bool)
    first[1:] = owner[order][1:] != owner[order][:-1]
    keep = np.zeros(len(area), bool)
    keep[order[first]] = True
    keep[0] = False
    return np.where(keep[pieces], labels, 0).astype(labels.dtype)


def _pieces(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the 4-connected pieces of equal labels, each piece's label, and its area."""
    pieces = label(labels, connectivity=1, background=0)
    owner = np.zeros(int(pieces.max()) + 1, np.int64)
    owner[pieces.ravel()] = labels.ravel()
    return pieces, owner, np.bincount(pieces.ravel())


def _compact(labels: np.ndarray) -> tuple[np.ndarray, int]:
    """Return ids 0..n without holes, int64, and n: users' ids may reach billions."""
    compact = relabel_sequential(labels)[0].astype(np.int64)
    return compact, int(compact.max(initial=0))


def _partners(nuclei: np.ndarray, cells: np.ndarray, n_cells: int) -> np.ndarray:
    """Return for each nucleus id its cell's id, or -1 when it has none."""
    partner = np.full(int(nuclei.max()) + 1, -1, np.int64)
    both = (nuclei > 0) & (cells > 0)
    pair, count = np.unique(nuclei[both] * (n_cells + 1) + cells[both], return_counts=True)
    nucleus, cell = pair // (n_cells + 1), pair % (n_cells + 1)
    best = _first_of_each(nucleus, np.lexsort((cell, -count, nucleus)))
    nucleus, cell, count = nucleus[best], cell[best], count[best]
    best = _first_of_each(cell, np.lexsort((nucleus, -count, cell)))
    partner[nucleus[best]] = cell[best]
    return partner


def _first_of_each(group: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the positions in `order` at which a new group begins."""
    ordered = group[order]
    new = np.ones(len(order), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order[new]
