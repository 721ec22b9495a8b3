"""Ids shared by objects and what lies in them: each nucleus has its cell's, in raster order."""

import numpy as np
from skimage.measure import label
from skimage.segmentation import relabel_sequential


def share_ids(inner: np.ndarray, outer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Match inner objects to outer ones by overlap; number the outer from 1 in raster order.

    Parameters
    ----------
    inner, outer : integer (Y, X) label maps whose ids need not be related, e.g. nuclei and cells

    Returns
    -------
    inner, outer : int32 (Y, X). An inner object belongs to the outer one covering most of it and is
        clipped to it; of several in one outer object the one with the most pixels inside stays.
        Outer objects without an inner one stay; inner objects outside every outer one vanish.
    """
    outer, n_outer = _compact(outer)
    inner, _ = _compact(inner)
    outer = in_raster_order(outer)
    partner = _partners(inner, outer, n_outer)
    matched = np.where(partner[inner] == outer, outer, 0).astype(np.int32)
    return matched, outer


def in_raster_order(labels: np.ndarray) -> np.ndarray:
    """Renumber ids by their first pixel, row by row; int32 (Y, X)."""
    first = np.full(int(labels.max(initial=0)) + 1, labels.size)
    first[labels.ravel()[::-1]] = np.arange(labels.size)[::-1]  # the last of a label's is kept
    first[0] = labels.size
    ids = np.argsort(first, kind="stable")[: np.count_nonzero(first < labels.size)]
    rank = np.zeros(len(first), np.int32)
    rank[ids] = np.arange(1, len(ids) + 1)
    return rank[labels]


def count_dropped(inner: np.ndarray, matched: np.ndarray) -> int:
    """Return how many inner objects `share_ids` could not keep."""
    return len(np.setdiff1d(inner, 0)) - len(np.setdiff1d(matched, 0))


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


def _partners(inner: np.ndarray, outer: np.ndarray, n_outer: int) -> np.ndarray:
    """Return for each inner id its outer object's id, or -1 when it has none."""
    partner = np.full(int(inner.max()) + 1, -1, np.int64)
    both = (inner > 0) & (outer > 0)
    pair, count = np.unique(inner[both] * (n_outer + 1) + outer[both], return_counts=True)
    inner_id, outer_id = pair // (n_outer + 1), pair % (n_outer + 1)
    best = _first_of_each(inner_id, np.lexsort((outer_id, -count, inner_id)))
    inner_id, outer_id, count = inner_id[best], outer_id[best], count[best]
    best = _first_of_each(outer_id, np.lexsort((inner_id, -count, outer_id)))
    partner[inner_id[best]] = outer_id[best]
    return partner


def _first_of_each(group: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the positions in `order` at which a new group begins."""
    ordered = group[order]
    new = np.ones(len(order), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order[new]
