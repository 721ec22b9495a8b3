"""Put together what the watershed cut apart: pieces that make a better nucleus as one."""

import numpy as np

from cytoforge.segmentation.contours import levels
from cytoforge.segmentation.moments import Moments, label_moments

# Costs of a description by ellipses of one size, in one unit: each object costs something, the
# less elliptic and the further from typical size the more; joining two costs the more the deeper
# the valley between them. Chosen on 53 fluorescence images of several kinds, where merging adds
# 0.01 to the mean F1.
_PER_OBJECT = 0.5
_SHAPE = 8.0
_SIZE = 0.5
_VALLEY = 8.0
_MAX_ROUNDS = 8


def merge_fragments(labels: np.ndarray, height: np.ndarray, diameter_px: float) -> np.ndarray:
    """Merge touching objects, best pairs first, as long as the description gets cheaper.

    Parameters
    ----------
    labels : integer (Y, X)
    height : (Y, X), brightness above the ground
    diameter_px : typical diameter
    """
    for _ in range(_MAX_ROUNDS):
        size = int(labels.max()) + 1
        first, second, border = _touching(labels, height, size)
        gain = _gain(labels, height, (first, second, border), diameter_px)
        target = np.arange(size)
        taken = np.zeros(size, bool)
        for pair in np.argsort(-gain, kind="stable"):
            a, b = first[pair], second[pair]
            if gain[pair] <= 0:
                break
            if not (taken[a] or taken[b]):
                taken[a] = taken[b] = True
                target[b] = a
        if not taken.any():
            break
        labels = target[labels]
    return labels


def _gain(
    labels: np.ndarray,
    height: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    diameter_px: float,
) -> np.ndarray:
    """Return what merging each pair saves; negative where it costs."""
    first, second, border = pairs
    size = int(labels.max()) + 1
    moments = label_moments(labels, size)
    level = levels(labels, height, size)
    lower = np.maximum(np.minimum(level[first], level[second]), 1e-12)
    valley = np.clip(1 - border / lower, 0, 1)
    apart = _cost(moments.take(first), diameter_px) + _cost(moments.take(second), diameter_px)
    together = _cost(moments.union(first, second), diameter_px)
    return apart - together - _VALLEY * valley + _PER_OBJECT


def _cost(moments: Moments, diameter_px: float) -> np.ndarray:
    typical = np.pi * diameter_px**2 / 4
    size = np.log(np.maximum(moments.area, 1) / typical)
    return _SHAPE * (1 - moments.ellipse_fit()) + _SIZE * size**2


def _touching(
    labels: np.ndarray, height: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of 8-adjacent labels (lower id first) and the mean height of their border."""
    keys, heights = [], []
    for a, b in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    ):
        first, second = labels[a], labels[b]
        meet = (first != second) & (first > 0) & (second > 0)
        low = np.minimum(first[meet], second[meet]).astype(np.int64)
        keys.append(low * size + np.maximum(first[meet], second[meet]))
        heights.append(np.minimum(height[a][meet], height[b][meet]))
    pairs, index, count = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    border = np.bincount(index, weights=np.concatenate(heights), minlength=len(pairs)) / count
    return pairs // size, pairs % size, border
