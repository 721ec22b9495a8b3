"""What a segmenter gets wrong, as a picture: the window of a field with the most errors in it."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.picture import colour_composite
from cytoforge.segmentation.matching import best_pairs, overlaps
from cytoforge.segmentation.overlay import inner_outline

WINDOW_PX = 256
# Okabe and Ito 2008: distinguishable for colour-blind readers, and on blue and green cells.
TRUE_COLOUR = (230, 159, 0)  # orange
FOUND_COLOUR = (86, 180, 233)  # sky blue
BOTH_COLOUR = (255, 255, 255)
_TINT = 0.45
_HALF = 0.5


@dataclass(frozen=True)
class Failure:
    """A picture of errors, uint8 (Y, X, 3), and the row and column of the field where it begins."""

    picture: np.ndarray
    row: int
    col: int
    missed: int
    invented: int


def failure_picture(image: Image, truth: np.ndarray, found: np.ndarray) -> Failure:
    """Return the window in which most pixels belong to objects without a partner at IoU 0.5.

    Outlines of true objects are orange, of found ones sky blue, white where both lie; objects
    without a partner are filled with a tint of their colour.

    Parameters
    ----------
    image : the field; truth, found : instance labels of it, (Y, X)
    """
    missed, invented = without_partner(truth, found)
    rows, cols = _window(missed | invented)
    part = image.crop(rows, cols)
    picture = colour_composite(_bright(to_unit(part)), image.channels).astype(np.float32)
    for alone, colour in ((missed, TRUE_COLOUR), (invented, FOUND_COLOUR)):
        inside = alone[rows, cols]
        picture[inside] += _TINT * (np.array(colour, np.float32) - picture[inside])
    outlines = [inner_outline(labels)[rows, cols] for labels in (truth, found)]
    for outline, colour in zip(outlines, (TRUE_COLOUR, FOUND_COLOUR), strict=True):
        picture[outline] = colour
    picture[outlines[0] & outlines[1]] = BOTH_COLOUR
    return Failure(
        np.rint(picture).astype(np.uint8),
        rows.start,
        cols.start,
        _count(truth, missed, rows, cols),
        _count(found, invented, rows, cols),
    )


def without_partner(truth: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of true and of found objects without a partner at IoU 0.5, bool (Y, X).

    >>> truth = np.array([[1, 1, 0, 2]])
    >>> [mask.tolist() for mask in without_partner(truth, np.array([[5, 5, 6, 0]]))]
    [[[False, False, False, True]], [[False, False, True, False]]]
    """
    both = overlaps(truth, found)
    enough = np.flatnonzero(both.ious >= _HALF)
    pairs = enough[best_pairs(both.true[enough], both.predicted[enough], both.ious[enough])]
    true, partners = both.true_ids[both.true[pairs]], both.predicted_ids[both.predicted[pairs]]
    missed = (truth > 0) & ~np.isin(truth, true)
    return missed, (found > 0) & ~np.isin(found, partners)


def _window(errors: np.ndarray) -> tuple[slice, slice]:
    """Return the window, at most `WINDOW_PX` wide, with the most errors; the first of several."""
    height, width = (min(WINDOW_PX, side) for side in errors.shape)
    sums = np.pad(errors.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]
    inside = inside + sums[:-height, :-width]
    row, col = np.unravel_index(int(inside.argmax()), inside.shape)
    return slice(int(row), int(row) + height), slice(int(col), int(col) + width)


def _bright(unit: np.ndarray) -> np.ndarray:
    """Return a part of an image (C, Y, X) whose dim cells can be seen: on a dark ground its square
    root; a photograph of transmitted light stays as it is."""
    dark = np.median(unit) < 1 / 3
    low = ndimage.uniform_filter(unit, (0, 5, 5)).min() if dark else 0.0
    return np.sqrt(np.clip((unit - low) / max(1 - low, 1e-6), 0, 1)) if dark else unit


def _count(labels: np.ndarray, alone: np.ndarray, rows: slice, cols: slice) -> int:
    return len(np.unique(labels[rows, cols][alone[rows, cols]]))
