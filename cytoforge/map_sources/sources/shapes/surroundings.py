"""Which training object is drawn where: one of surroundings as dense, and as bright."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from cytoforge.references.intensity_layers import NO_LAYER

# How dense it is around an object: the mean distance of so many neighbours. How bright: the mean
# layer of the same.
NEIGHBOURS = 4
# Objects of one density are sorted by brightness in groups of so many.
_GROUP = 24
# How far bright surroundings reach, in object diameters.
_PATCH = 2.0


def mean_distance(points: np.ndarray) -> np.ndarray:
    """Return the mean distance of each point's neighbours, float64 (n,)."""
    k = min(NEIGHBOURS, len(points) - 1)
    if k < 1:
        return np.zeros(len(points))
    mean: np.ndarray = cKDTree(points).query(points, k + 1)[0][:, 1:].mean(1)
    return mean


def near_layers(points: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Return the mean layer of each point's neighbours, float64 (n,); -1 where none has one."""
    k = min(NEIGHBOURS, len(points) - 1)
    if k < 1:
        return np.full(len(points), -1.0)
    near = layers[cKDTree(points).query(points, k + 1)[1][:, 1:]]  # (n, k)
    known = near != NO_LAYER
    total = np.where(known, near, 0).sum(1)
    return np.divide(total, known.sum(1), out=np.full(len(points), -1.0), where=known.any(1))


def assigned(
    points: np.ndarray,
    shape: Sequence[int],
    weight: np.ndarray,
    around: np.ndarray,
    near_layer: np.ndarray,
    diameter_px: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Return a training object for each point, int64 (n,).

    Objects are drawn by their weights. They are sorted by the distance of their neighbours, as the
    points are, and in groups of equal density by the brightness of their neighbours, as the points
    are by a smooth random field: so bright objects lie beside bright ones as they did.

    Parameters
    ----------
    points : float64 (n, 2), row and column in a field of `shape`
    weight, around, near_layer : of the training objects, float64 (m,)
    """
    drawn = random.choice(len(weight), len(points), p=weight / weight.sum())
    drawn = drawn[np.argsort(around[drawn], kind="stable")]
    places = np.argsort(mean_distance(points), kind="stable")
    bright = _smooth_field(points, shape, diameter_px, random)
    chosen = np.zeros(len(points), np.int64)
    for start in range(0, len(points), _GROUP):
        objects, here = drawn[start : start + _GROUP], places[start : start + _GROUP]
        by_layer = objects[np.argsort(near_layer[objects], kind="stable")]
        chosen[here[np.argsort(bright[here], kind="stable")]] = by_layer
    return chosen


def _smooth_field(
    points: np.ndarray, shape: Sequence[int], diameter_px: float, random: np.random.Generator
) -> np.ndarray:
    """Return a smooth random field at points, (n,)."""
    step = max(diameter_px / 4, 1.0)
    grid = [int(np.ceil(side / step)) + 1 for side in shape]
    noise = ndimage.gaussian_filter(random.standard_normal(grid), _PATCH * diameter_px / step)
    rows, cols = np.minimum((points / step).astype(np.int64), np.array(grid) - 1).T
    values: np.ndarray = noise[rows, cols]
    return values
