"""HoVer-Net's post-processing as the public implementation has it: step by step over the whole
field, then once over the whole field per nucleus. Written to be read, not to be fast; what there is
done by OpenCV's compiled filters is done by those of SciPy here.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

ELLIPSE = np.array([[0, 0, 1, 0, 0], [1] * 5, [1] * 5, [1] * 5, [0, 0, 1, 0, 0]], bool)


@dataclass(frozen=True)
class Nucleus:
    """Box [first row, row after the last, first column, …], centroid x, y, and type."""

    box: tuple[int, int, int, int]
    centroid: tuple[float, float]
    type: int


def instances(probability: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Return instance labels, integers (Y, X).

    probability : float32 (Y, X); distances : float32 (2, Y, X) along x and y
    """
    mask = without_small(ndimage.label(probability >= 0.5)[0]) > 0
    steep_x = 1 - unit(sobel(unit(distances[0]), axis=1))
    steep_y = 1 - unit(sobel(unit(distances[1]), axis=0))
    energy = np.maximum(steep_x, steep_y) - (1 - mask.astype(np.int32))
    energy[energy < 0] = 0
    blur = np.array([0.25, 0.5, 0.25])
    height = (1.0 - energy) * mask
    for axis in (1, 0):
        height = ndimage.correlate1d(height, blur, axis=axis, mode="mirror")
    seeds = mask.astype(np.int32) - (energy >= 0.4)
    seeds[seeds < 0] = 0
    seeds = ndimage.binary_fill_holes(seeds)
    eroded = ndimage.binary_erosion(seeds, ELLIPSE, border_value=1)
    seeds = ndimage.binary_dilation(eroded, ELLIPSE)
    seeds = without_small(ndimage.label(seeds)[0])
    found: np.ndarray = watershed(-height, seeds, mask=mask)
    return found


def nuclei(labels: np.ndarray, types: np.ndarray) -> dict[int, Nucleus]:
    """Return what is known of each nucleus by its id."""
    found = {}
    for number in np.unique(labels)[1:].tolist():
        inside = labels == number
        rows, cols = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        box = (int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)
        piece = inside[box[0] : box[1], box[2] : box[3]]
        y, x = np.nonzero(piece)
        centre = (float(x.mean()) + box[2], float(y.mean()) + box[0])
        votes = types[box[0] : box[1], box[2] : box[3]][piece]
        found[number] = Nucleus(box, centre, winner(votes))
    return found


def winner(votes: np.ndarray) -> int:
    """Return the most frequent type; where that is the ground, 0, the runner-up, if any."""
    kinds, counts = np.unique(votes, return_counts=True)
    ranked = sorted(zip(kinds.tolist(), counts.tolist(), strict=True), key=lambda pair: -pair[1])
    first = ranked[0][0]
    return int(ranked[1][0] if first == 0 and len(ranked) > 1 else first)


def sobel(values: np.ndarray, axis: int, size: int = 21) -> np.ndarray:
    """Return the Sobel derivative along an axis, float64: binomial weights, mirrored borders."""
    smooth = np.array([comb(size - 1, k) for k in range(size)], float)
    narrow = np.array([comb(size - 2, k) for k in range(size - 1)], float)
    slope = np.append(0, narrow) - np.append(narrow, 0)
    found = ndimage.correlate1d(values.astype(float), slope, axis=axis, mode="mirror")
    smoothed: np.ndarray = ndimage.correlate1d(found, smooth, axis=1 - axis, mode="mirror")
    return smoothed


def unit(values: np.ndarray) -> np.ndarray:
    """Return values between 0 and 1, float32."""
    low, high = float(values.min()), float(values.max())
    scale = 1 / (high - low) if high - low > np.finfo(float).eps else 0.0
    return (values * scale - low * scale).astype(np.float32)


def without_small(labels: np.ndarray, least_px: int = 10) -> np.ndarray:
    """Return labels without those of fewer pixels."""
    kept = np.bincount(labels.ravel()) >= least_px
    return labels * kept[labels]
