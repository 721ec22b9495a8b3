"""Pieces of a field laid out close to each other, so that what looks at all pixels looks at few."""

import numpy as np

from cytoforge.compute.runs import Runs

WIDTH_PX = 512  # of the layout at least; a wider piece makes it wider


def packed(pieces: Runs) -> Runs:
    """Return the runs of pieces, at least one, in the same order, as they come to lie in a picture
    of their own.

    Pixels of one piece lie as they did, and touch no other piece's, nor its box.
    """
    there, piece = np.unique(pieces.piece, return_inverse=True)
    row, left = np.divmod(pieces.first, pieces.shape[1])
    top, first = np.full((2, len(there)), np.iinfo(np.int64).max)
    bottom, last = np.zeros((2, len(there)), np.int64)
    for least, most, starts, ends in (
        (top, bottom, row, row),
        (first, last, left, left + pieces.lengths - 1),
    ):
        np.minimum.at(least, piece, starts)
        np.maximum.at(most, piece, ends)
    down, along, shape = _shelves(bottom - top + 2, last - first + 2)
    to = (row + (down - top)[piece]) * shape[1] + left + (along - first)[piece]
    return Runs(shape, to, to + pieces.lengths, pieces.piece)


def _shelves(
    heights: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return the upper left corner of boxes that stand in rows, the highest first, and the shape of
    them all."""
    most = max(WIDTH_PX, int(widths.max(initial=1)))
    down, along = np.zeros((2, len(heights)), np.int64)
    row = col = height = 0
    for box in np.argsort(-heights, kind="stable").tolist():
        if col + widths[box] > most:
            row, col, height = row + height, 0, 0
        down[box], along[box] = row, col
        col, height = col + int(widths[box]), max(height, int(heights[box]))
    return down, along, (row + height, most)
