"""Ids shared by objects and what lies in them: each nucleus has its cell's, in raster order."""

import numpy as np
from skimage.measure import label
from skimage.segmentation import relabel_sequential

_STRIP_PIXELS = 4096**2


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
    matched = np.zeros(outer.shape, np.int32)
    for rows in row_strips(outer.shape):
        np.copyto(matched[rows], outer[rows], where=partner[inner[rows]] == outer[rows])
    return matched, outer


def in_raster_order(labels: np.ndarray) -> np.ndarray:
    """Renumber ids by their first pixel, row by row; int32 (Y, X)."""
    first = first_pixels(labels)
    ids = np.argsort(first, kind="stable")[: np.count_nonzero(first < labels.size)]
    rank = np.zeros(len(first), np.int32)
    rank[ids] = np.arange(1, len(ids) + 1)
    return rank[labels]


def first_pixels(labels: np.ndarray) -> np.ndarray:
    """Return the raveled index of the first pixel of each id 0..max, int64; the size if absent.

    Background has none.

    >>> first_pixels(np.array([[0, 2], [2, 3]]))
    array([4, 4, 1, 3])
    """
    first = np.full(int(labels.max(initial=0)) + 1, labels.size)
    for rows in reversed(row_strips(labels.shape)):
        strip = labels[rows].ravel()[::-1]
        start = rows.start * labels.shape[1]
        # Of several assignments to one id the last is kept: the first pixel.
        first[strip] = np.arange(start, start + len(strip))[::-1]
    first[0] = labels.size
    return first


def row_strips(shape: tuple[int, ...]) -> list[slice]:
    """Return strips of rows of an image (Y, X), of 16 megapixels at most.

    What is summed strip by strip needs 8 bytes per pixel for its indices in one strip only.
    """
    rows = max(_STRIP_PIXELS // max(shape[1], 1), 1)
    return [slice(row, min(row + rows, shape[0])) for row in range(0, shape[0], rows)]


def label_areas(labels: np.ndarray) -> np.ndarray:
    """Return the number of pixels of each id 0..max of an integer (Y, X) map, int64.

    >>> label_areas(np.array([[0, 2], [2, 3]]))
    array([1, 0, 2, 1])
    """
    size = int(labels.max(initial=0)) + 1
    areas = np.zeros(size, np.int64)
    for rows in row_strips(labels.shape):
        areas += np.bincount(labels[rows].ravel(), minlength=size)
    return areas


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
    """Return ids 0..n without holes and n: users' ids may reach billions."""
    count = int(labels.max(initial=0))
    if labels.dtype == np.int32 and count <= labels.size and label_areas(labels)[1:].all():
        return labels, count
    compact = relabel_sequential(labels)[0].astype(np.int64)
    return compact, int(compact.max(initial=0))


def _partners(inner: np.ndarray, outer: np.ndarray, n_outer: int) -> np.ndarray:
    """Return for each inner id its outer object's id, or -1 when it has none."""
    partner = np.full(int(inner.max()) + 1, -1, np.int64)
    pair, count = _overlaps(inner, outer, n_outer)
    inner_id, outer_id = pair // (n_outer + 1), pair % (n_outer + 1)
    best = _first_of_each(inner_id, np.lexsort((outer_id, -count, inner_id)))
    inner_id, outer_id, count = inner_id[best], outer_id[best], count[best]
    best = _first_of_each(outer_id, np.lexsort((inner_id, -count, outer_id)))
    partner[inner_id[best]] = outer_id[best]
    return partner


def _overlaps(inner: np.ndarray, outer: np.ndarray, n_outer: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inner · (n_outer + 1) + outer of all ids that overlap, sorted, and their pixels."""
    pairs, counts = [], []
    for rows in row_strips(inner.shape):
        both = (inner[rows] > 0) & (outer[rows] > 0)
        keys = inner[rows][both].astype(np.int64) * (n_outer + 1) + outer[rows][both]
        pair, count = np.unique(keys, return_counts=True)
        pairs.append(pair)
        counts.append(count)
    pair, place = np.unique(np.concatenate(pairs), return_inverse=True)
    return pair, np.bincount(place, np.concatenate(counts), len(pair)).astype(np.int64)


def _first_of_each(group: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the positions in `order` at which a new group begins."""
    ordered = group[order]
    new = np.ones(len(order), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order[new]
