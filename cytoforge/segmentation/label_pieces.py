"""Connected pieces of equal values in a label image."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import label


@dataclass(frozen=True)
class Pieces:
    """The 8-connected pieces of every value but 0, as Fiji's Analyze Particles connects them.

    Attributes
    ----------
    plane : (Y, X) integers, 0 and the number of the piece, from 1 on
    value, area : of piece 1, 2, ...: the value of its pixels, and how many they are
    box : (n, 4) its rows and columns: first and last + 1 row, first and last + 1 column
    """

    plane: np.ndarray
    value: np.ndarray
    area: np.ndarray
    box: np.ndarray


def pieces_of(labels: np.ndarray) -> Pieces:
    """Return the pieces of int64 labels, (Y, X)."""
    plane = label(labels, connectivity=2, background=0)
    count = int(plane.max(initial=0))
    value = np.zeros(count + 1, labels.dtype)
    value[plane.ravel()] = labels.ravel()
    found = ndimage.find_objects(plane)
    box = [(r.start, r.stop, c.start, c.stop) for r, c in found]
    area = np.bincount(plane.ravel(), minlength=count + 1)
    return Pieces(plane, value[1:], area[1:], np.array(box, np.int64).reshape(-1, 4))


def scattered_pieces(
    pieces: Pieces, comparable: float, apart: float, beside_others: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of which several comparable pieces lie apart, and how many more than one.

    Parameters
    ----------
    comparable : least area of a further piece, as a fraction of its value's largest piece, and of
        the median over all values' largest
    beside_others : without it, a piece is compared with those of its own value alone
    apart : least distance of a further piece's box from that of the largest, as a fraction of the
        longer side of the latter
    """
    order = np.lexsort((-pieces.area, pieces.value))
    values, start = np.unique(pieces.value[order], return_index=True)
    largest = order[start][np.searchsorted(values, pieces.value)]  # for each piece, of its value
    top, bottom, left, right = pieces.box.T
    main_top, main_bottom, main_left, main_right = pieces.box[largest].T
    longer = np.maximum(main_bottom - main_top, main_right - main_left)
    gap = np.maximum.reduce(
        [top - main_bottom, main_top - bottom, left - main_right, main_left - right]
    )
    usual = pieces.area[largest]
    if beside_others:
        usual = np.maximum(usual, np.median(usual[order[start]]))
    further = (pieces.area >= comparable * usual) & (gap > apart * longer)
    scattered, counts = np.unique(pieces.value[further], return_counts=True)
    return scattered, counts


def crumbled(pieces: Pieces, least_px: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values with so many pieces of more than `least_px`, and how many more than one."""
    values, counts = np.unique(pieces.value[pieces.area > least_px], return_counts=True)
    return values[counts >= count], counts[counts >= count] - 1


def holes_of(labels: np.ndarray, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return of each hole in a single piece the index of that piece, from 0 on, and its area.

    A hole is a region of 0 that edges of pixels connect; one between several pieces, or at the
    image's border, is none.
    """
    free = label(labels == 0, connectivity=1)
    area = np.bincount(free.ravel())
    closed = np.ones(len(area), bool)
    closed[np.concatenate([free[0], free[-1], free[:, 0], free[:, -1], [0]])] = False
    inner = closed[free]
    least, most = np.full(len(area), len(pieces.area) + 1), np.zeros(len(area), np.int64)
    for one, other in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
        for a, b in ((np.s_[one, :], np.s_[other, :]), (np.s_[:, one], np.s_[:, other])):
            beside = inner[a] & (pieces.plane[b] > 0)
            np.minimum.at(least, free[a][beside], pieces.plane[b][beside])
            np.maximum.at(most, free[a][beside], pieces.plane[b][beside])
    holes = np.flatnonzero(closed & (least == most))
    return most[holes] - 1, area[holes]
