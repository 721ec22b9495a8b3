"""From what Mask R-CNN finds, boxes with soft masks, to instance labels of a field of any size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class MaskDecoding:
    """How detections become instance labels.

    Attributes
    ----------
    least_score : probability from which a box counts
    least_mask : probability from which a pixel is the object's
    most_covered : fraction of an object that more probable ones may cover; above it is dropped
    """

    least_score: float = 0.5
    least_mask: float = 0.5
    most_covered: float = 0.5


@dataclass(frozen=True)
class Detection:
    """An object: its probability, the first row and column of its box, and its pixels there."""

    score: float
    row: int
    col: int
    pixels: np.ndarray

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle of the box."""
        height, width = self.pixels.shape
        return self.row + height / 2, self.col + width / 2


def detections_of(found: Mapping[str, Tensor], decoding: MaskDecoding) -> list[Detection]:
    """Return what the network found in one image.

    found : `boxes` (N, 4) as x0, y0, x1, y1, `scores` (N,), `masks` (N, 1, H, W) in [0, 1]
    """
    masks = found["masks"][:, 0].float().cpu().numpy()
    kept = []
    for score, mask in zip(found["scores"].tolist(), masks, strict=True):
        own = mask >= decoding.least_mask
        if score < decoding.least_score or not own.any():
            continue
        rows, cols = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
        box = own[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        kept.append(Detection(score, int(rows[0]), int(cols[0]), box))
    return kept


def laid_out(
    detections: Sequence[Detection], shape: tuple[int, int], decoding: MaskDecoding
) -> np.ndarray:
    """Return the labels of `scored`."""
    return scored(detections, shape, decoding)[0]


def scored(
    detections: Sequence[Detection], shape: tuple[int, int], decoding: MaskDecoding
) -> tuple[np.ndarray, np.ndarray]:
    """Return instance labels, int32 (Y, X), and the probability of each pixel's object, float32:
    the most probable first, each where nothing lies yet.

    Of two that overlap the less probable is dropped where more than half of it is covered:

    >>> wide, low = np.ones((1, 3), bool), np.ones((1, 2), bool)
    >>> both = [Detection(0.6, 0, 1, low), Detection(0.9, 0, 0, wide), Detection(0.7, 0, 2, wide)]
    >>> print(*scored(both, (1, 5), MaskDecoding()))
    [[1 1 1 2 2]] [[0.9 0.9 0.9 0.7 0.7]]
    """
    labels, sure = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    number = 0
    for one in sorted(detections, key=lambda one: (-one.score, one.row, one.col)):
        height, width = one.pixels.shape
        box = np.s_[one.row : one.row + height, one.col : one.col + width]
        place = labels[box]
        free = one.pixels & (place == 0)
        if free.any() and free.sum() >= (1 - decoding.most_covered) * one.pixels.sum():
            number += 1
            place[free], sure[box][free] = number, one.score
    return labels, sure


def over_field(
    shape: tuple[int, int],
    window_px: int,
    find: Callable[[slice, slice], Sequence[Detection]],
) -> list[Detection]:
    """Return the objects of a whole field, each from the window whose middle is nearest to it.

    find : of a window's rows and columns -> its detections, their places within the window
    """
    kept = []
    for rows, row_ends in _windows(shape[0], window_px):
        for cols, col_ends in _windows(shape[1], window_px):
            for one in find(rows, cols):
                row, col = one.middle
                inside = row_ends[0] <= rows.start + row < row_ends[1]
                if inside and col_ends[0] <= cols.start + col < col_ends[1]:
                    place = (rows.start + one.row, cols.start + one.col)
                    kept.append(Detection(one.score, *place, one.pixels))
    return kept


def _windows(length: int, window_px: int) -> list[tuple[slice, tuple[float, float]]]:
    """Return windows along a side that overlap by half, and which middles each is to take.

    >>> [(part.start, part.stop, ends) for part, ends in _windows(10, 8)]
    [(0, 8, (-inf, 5.0)), (2, 10, (5.0, inf))]
    """
    side = min(window_px, length)
    count = ceil((length - side) / max(side // 2, 1)) + 1
    starts = [round(k * (length - side) / max(count - 1, 1)) for k in range(count)]
    between = [(first + side + second) / 2 for first, second in pairwise(starts)]
    ends = list(pairwise([-np.inf, *between, np.inf]))
    return [(slice(s, s + side), e) for s, e in zip(starts, ends, strict=True)]
