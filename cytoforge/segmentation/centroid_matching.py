"""One-to-one matching of points within a distance: nuclei as centroids, true and found.

The gate comes *before* the assignment. Solving for all points and throwing away long pairs
afterwards, as is often done, lets a far pair take a point that had a partner near by.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cytoforge.segmentation.matching import best_pairs
from cytoforge.segmentation.moments import label_moments


@dataclass(frozen=True)
class PointMatching:
    """Partners of true and found points.

    pairs : indices of a true and a found point, int (k, 2), by the true one
    distances : of each pair, (k,), in the unit of the points
    n_true, n_found : points on each side
    """

    pairs: np.ndarray
    distances: np.ndarray
    n_true: int
    n_found: int

    @property
    def counts(self) -> np.ndarray:
        """Points found, found where there is none, and missed: (tp, fp, fn) as floats."""
        tp = len(self.pairs)
        return np.array([tp, self.n_found - tp, self.n_true - tp], np.float64)


def match_points(truth: np.ndarray, found: np.ndarray, gate: float) -> PointMatching:
    """Match points one to one where they lie within `gate` of each other.

    The Hungarian method on the pairs that the gate leaves: the most pairs, and among such choices
    the one with the least sum of distances. A side without points has no pairs, so that all points
    of the other are lost, or invented.

    Parameters
    ----------
    truth, found : (n, 2) and (m, 2), in px or µm as `gate` is

    The nearest of the first point is the second's only one; both find a partner:

    >>> truth = np.array([[0.0, 0.0], [0.0, 4.0]])
    >>> match_points(truth, np.array([[0.0, 1.5], [0.0, -2.5]]), 3.0).pairs.tolist()
    [[0, 1], [1, 0]]
    """
    truth, found = _checked(truth, "true"), _checked(found, "found")
    if not gate > 0:
        raise ValueError(f"the gate must be greater than 0, got {gate}")
    rows, columns, distances = _within(truth, found, gate)
    chosen = best_pairs(rows, columns, 1 - distances / gate)
    chosen = chosen[np.argsort(rows[chosen], kind="stable")]
    pairs = np.stack([rows[chosen], columns[chosen]], -1)
    return PointMatching(pairs, distances[chosen], len(truth), len(found))


def counts_inside(
    truth: np.ndarray,
    found: np.ndarray,
    matching: PointMatching,
    shape: tuple[float, float],
    margin: float,
) -> np.ndarray:
    """Return tp, fp, fn (floats) of the points that lie `margin` or more inside a field.

    At the edge annotators mark half nuclei or do not. A pair counts where its true point lies
    inside; a point inside whose partner lies in the margin is neither right nor wrong.

    Parameters
    ----------
    shape : height and width of the field, in the unit of the points
    """
    inside_true, inside_found = (_inside(points, shape, margin) for points in (truth, found))
    a, b = matching.pairs.T
    tp = inside_true[a].sum()
    fp = inside_found.sum() - inside_found[b].sum()
    return np.array([tp, fp, inside_true.sum() - tp], np.float64)


def centroids(labels: np.ndarray) -> np.ndarray:
    """Return row and column of the centroid of each object of a label map (Y, X), float64 (n, 2).

    In the order of the ids; that of a pixel's middle is its index.

    >>> centroids(np.array([[1, 1, 0], [0, 0, 5]])).tolist()
    [[0.0, 0.5], [1.0, 2.0]]
    """
    moments = label_moments(labels)
    ids = np.flatnonzero(moments.area)
    return np.stack([moments.row[ids], moments.col[ids]], -1)


def _within(
    truth: np.ndarray, found: np.ndarray, gate: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs within the gate, in a fixed order, and their distances."""
    if not (len(truth) and len(found)):
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    near = cKDTree(truth).sparse_distance_matrix(cKDTree(found), gate, output_type="ndarray")
    near = near[np.lexsort((near["j"], near["i"]))]
    return near["i"].astype(np.intp), near["j"].astype(np.intp), near["v"]


def _inside(points: np.ndarray, shape: tuple[float, float], margin: float) -> np.ndarray:
    points = points.reshape(-1, 2)
    return np.asarray(((points >= margin) & (points < np.array(shape) - margin)).all(1))


def _checked(points: np.ndarray, side: str) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.size == 0:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"expected {side} points (n, 2) without NaN, got shape {points.shape}")
    return points
