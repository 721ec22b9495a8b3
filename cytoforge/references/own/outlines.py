"""Outlines with a class, drawn in ImageJ or QuPath, as pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Crossings of outlines with rows that are computed at once, some 60 bytes each: an outline of many
# long edges crosses every row many times.
_MOST_CROSSINGS = 2_000_000


@dataclass(frozen=True)
class Outline:
    """One outline of a file.

    Attributes
    ----------
    values : what a table may call its class, the most exact first
    areas : each a list of closed rings, (n, 2) x and y in px; what lies within an even number of
        rings of its area is a hole
    """

    values: tuple[str, ...]
    areas: tuple[tuple[np.ndarray, ...], ...]

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.values[0] if self.values else "without a class"


Box = tuple[slice, slice]


def covered(outline: Outline, shape: tuple[int, int]) -> Iterator[tuple[Box, np.ndarray]]:
    """Yield each area of an outline: its rows and columns in the image, and which pixels of these
    it covers, bool.

    (0, 0) is the upper left corner of the first pixel, as in ImageJ and QuPath. A pixel is covered
    where its centre is; a centre that lies on the outline counts to the right of an edge and below
    it, so that areas with a common edge share no pixel and leave none out.
    """
    for rings in outline.areas:
        box = _box(rings, shape)
        rows, columns = box
        if rows.start < rows.stop and columns.start < columns.stop:
            yield box, filled(rings, box)


def _box(rings: Sequence[np.ndarray], shape: tuple[int, int]) -> Box:
    low = np.min([ring.min(0) for ring in rings], axis=0)
    high = np.max([ring.max(0) for ring in rings], axis=0)
    (left, right), (top, bottom) = (
        (int(np.clip(np.floor(low[k]), 0, size)), int(np.clip(np.ceil(high[k]), 0, size)))
        for k, size in ((0, shape[1]), (1, shape[0]))
    )
    return slice(top, bottom), slice(left, right)


def filled(rings: Sequence[np.ndarray], box: Box) -> np.ndarray:
    """Return which pixels of a box lie inside an odd number of rings, bool (rows, columns).

    A row's centre line crosses every ring an even number of times. From each crossing on all
    pixels to the right change sides: the running parity of crossings along the row.
    """
    rows, columns = box
    width = columns.stop - columns.start
    parity = np.zeros((rows.stop - rows.start, width + 1), np.uint8)
    for ring in rings:
        for row, x in _crossings(ring, rows):
            # The first pixel whose centre is not left of the crossing.
            column = np.ceil(np.clip(x - 0.5 - columns.start, 0, width)).astype(np.int64)
            np.bitwise_xor.at(parity, (row - rows.start, column), 1)
    inside: np.ndarray = np.bitwise_xor.accumulate(parity, axis=1)[:, :-1]
    return inside.view(bool)


def _crossings(ring: np.ndarray, rows: slice) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows, and x of where the ring crosses their centre lines, in bounded pieces."""
    start, end = ring, np.roll(ring, -1, axis=0)
    turned = start[:, 1] > end[:, 1]  # downwards, so that both areas at an edge find the same x
    upper, lower = (np.where(turned[:, None], a, b) for a, b in ((end, start), (start, end)))
    # An edge from y0 to y1 crosses the lines y0 <= row + 0.5 < y1.
    first, last = (
        np.ceil(np.clip(side[:, 1] - 0.5, rows.start, rows.stop)).astype(np.int64)
        for side in (upper, lower)
    )
    counts = last - first
    pieces = np.cumsum(counts) // _MOST_CROSSINGS
    for piece in np.unique(pieces[counts > 0]):
        edges = np.flatnonzero((pieces == piece) & (counts > 0))
        edge = np.repeat(edges, counts[edges])
        begin = np.cumsum(counts[edges]) - counts[edges]
        row = first[edge] + np.arange(len(edge)) - np.repeat(begin, counts[edges])
        (x0, y0), (x1, y1) = upper[edge].T, lower[edge].T
        yield row, x0 + (row + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
