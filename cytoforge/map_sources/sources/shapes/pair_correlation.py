"""How objects keep their distances: the pair correlation function of points in rectangles."""

from collections.abc import Iterable

import numpy as np
from scipy.spatial import cKDTree


def pair_correlation(
    patterns: Iterable[tuple[np.ndarray, tuple[float, float]]],
    edges: np.ndarray,
    torus: bool = False,
) -> np.ndarray:
    """Return g(r) of point patterns: pairs at that distance over those of points laid at random.

    Edges are corrected for by the set covariance of a rectangle, averaged over directions:
    HW - 2r(H + W)/π + r²/π (Illian et al. 2008, Statistical Analysis of Spatial Point Patterns,
    4.3.3 and B.3).

    Parameters
    ----------
    patterns : points float64 (n, 2), and height and width of the rectangle they lie in
    edges : float64 (k + 1,), rising; the last less than each side
    torus : whether opposite sides of the rectangles touch

    Returns
    -------
    float64 (k,); 1 where no pair is expected
    """
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    found, expected = np.zeros(len(middle)), np.zeros(len(middle))
    for points, (height, length) in patterns:
        tree = cKDTree(points, boxsize=(height, length) if torus else None)
        pairs = np.diff(tree.count_neighbors(tree, edges).astype(np.float64))
        area = height * length
        covered = np.full_like(middle, area)
        if not torus:
            covered += -2 * middle * (height + length) / np.pi + middle**2 / np.pi
        density = len(points) * (len(points) - 1) / area**2
        found += pairs
        expected += density * 2 * np.pi * middle * width * covered
    return np.divide(found, expected, out=np.ones_like(found), where=expected > 0)
