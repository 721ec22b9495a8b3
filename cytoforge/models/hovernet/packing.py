"""Pieces of a field laid out close to each other, so that what looks at all pixels looks at few."""

import numpy as np

WIDTH_PX = 512  # of the layout at least; a wider piece makes it wider


def packed(
    pieces: np.ndarray, rows: np.ndarray, cols: np.ndarray
) -> tuple[np.ndarray, tuple[int, int]]:
    """Return where the pixels of pieces come to lie in a raveled picture, and its shape.

    Pixels of one piece lie as they did, and touch no other piece's, nor its box.

    Parameters
    ----------
    pieces : number of each pixel's piece, (n,), of at least one pixel
    rows, cols : each pixel's place, row by row (n,)
    """
    there = np.flatnonzero(np.bincount(pieces))
    number = np.zeros(int(there[-1]) + 1, np.int64)
    number[there] = np.arange(len(there))
    piece = number.take(pieces)
    top, left = np.full((2, len(there)), np.iinfo(np.int64).max)
    bottom, right = np.zeros((2, len(there)), np.int64)
    for least, most, lines in ((top, bottom, rows), (left, right, cols)):
        np.minimum.at(least, piece, lines)
        np.maximum.at(most, piece, lines)
    down, along, shape = _shelves(bottom - top + 2, right - left + 2)
    to = (rows + (down - top)[piece]) * shape[1] + cols + (along - left)[piece]
    return to, shape


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
