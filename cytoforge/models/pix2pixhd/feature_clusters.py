"""Looks to choose from in synthesis: clusters of what the feature encoder says of real regions."""

import numpy as np

from cytoforge.seeds import generator

ROUNDS = 50  # Lloyd's algorithm; about 10 settle ten clusters of thousands of points


def clusters_by_code(
    features: np.ndarray, pixels: np.ndarray, codes: np.ndarray, clusters: int, seed: int
) -> dict[str, list[list[float]]]:
    """Return up to `clusters` centres of each code, largest fraction of pixels first.

    Parameters
    ----------
    features : float (N, F), one row per region
    pixels : int (N,), the region's size and its weight: slivers count little. (The original drops
        regions below 1/64 of the image, which here would be nearly all.)
    codes : int (N,)
    """
    found = {}
    for code in np.unique(codes):
        own = codes == code
        random = generator(seed, "clusters", int(code))
        centres = weighted_centres(features[own], pixels[own], clusters, random)
        found[str(code)] = [[round(float(value), 6) for value in centre] for centre in centres]
    return found


def weighted_centres(
    points: np.ndarray, weights: np.ndarray, count: int, random: np.random.Generator
) -> np.ndarray:
    """Return at most `count` centres of weighted points (N, F) by k-means, heaviest first.

    Fewer where there are fewer different points. Starts as k-means++ (Arthur & Vassilvitskii 2007).
    """
    points, weights = points.astype(np.float64), weights.astype(np.float64)
    centres = _far_apart(points, weights, count, random)
    for _ in range(ROUNDS):
        nearest = _distances(points, centres).argmin(1)
        mass = np.bincount(nearest, weights, len(centres))
        kept = mass > 0
        sums = [np.bincount(nearest, weights * axis, len(centres)) for axis in points.T]
        moved = np.stack(sums, 1)[kept] / mass[kept, None]
        if len(moved) == len(centres) and np.allclose(moved, centres, atol=1e-7, rtol=0):
            break
        centres = moved
    mass = np.bincount(_distances(points, centres).argmin(1), weights, len(centres))
    heaviest_first: np.ndarray = centres[np.argsort(-mass, kind="stable")]
    return heaviest_first


def _far_apart(
    points: np.ndarray, weights: np.ndarray, count: int, random: np.random.Generator
) -> np.ndarray:
    chosen = [points[random.choice(len(points), p=weights / weights.sum())]]
    for _ in range(count - 1):
        chances = weights * _distances(points, np.array(chosen)).min(1)
        if chances.sum() <= 0:  # every different point is chosen
            break
        chosen.append(points[random.choice(len(points), p=chances / chances.sum())])
    return np.array(chosen)


def _distances(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    squares: np.ndarray = ((points[:, None] - centres) ** 2).sum(2)  # (N, K)
    return squares
