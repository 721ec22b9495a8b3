"""Precision, recall, density and coverage: does every image of one set lie among the other's?

Around each member of a set a ball reaches to its k-th nearest neighbour in that set; all balls
together stand for what such images can be. Precision and recall: Kynkäänniemi et al. 2019; density
and coverage, which one outlier with a large ball cannot inflate: Naeem et al. 2020.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from cytoforge.metrics.material import FEATURES, Finding, Material, nothing
from cytoforge.metrics.metric import Metric

NEIGHBOURS = 3  # k, as in Kynkäänniemi et al.

MEASURES = (
    Metric(
        "precision",
        "Precision",
        True,
        "",
        "Made patches that lie among the real ones (VGG16 features, k = 3): do they look real?",
        weights=FEATURES,
    ),
    Metric(
        "recall",
        "Recall",
        True,
        "",
        "Real patches that lie among the made ones: is all that real images are made too?",
        weights=FEATURES,
    ),
    Metric(
        "density",
        "Density",
        True,
        "",
        "How many real patches' balls a made patch lies in, by k: precision without outliers.",
        weights=FEATURES,
    ),
    Metric(
        "coverage",
        "Coverage",
        True,
        "",
        "Real patches with a made one within the reach of its 3 nearest: recall without outliers.",
        weights=FEATURES,
    ),
)


@dataclass(frozen=True)
class Manifold:
    """One value per image, whose mean is the measure.

    precision, density : (m,) of the made set; in any ball of the real set, and in how many by k
    recall, coverage : (n,) of the real set; in any ball of the made set, and whether its own ball
        holds any of the made set
    """

    precision: np.ndarray
    recall: np.ndarray
    density: np.ndarray
    coverage: np.ndarray


def manifold(real: np.ndarray, made: np.ndarray, k: int = NEIGHBOURS) -> Manifold:
    """Compare features `real` (n, d) with `made` (m, d); both need more than k rows.

    With k = 1 the balls of 0 and 1 reach each other; 0.5 lies in both, 9 in none:

    >>> found = manifold(np.array([[0.0], [1.0]]), np.array([[0.5], [9.0]]), k=1)
    >>> found.precision.tolist(), found.density.tolist(), found.coverage.tolist()
    ([1.0, 0.0], [2.0, 0.0], [1.0, 1.0])
    """
    if min(len(real), len(made)) <= k:
        raise ValueError(f"{k} neighbours need more rows than {len(real)} and {len(made)}")
    # In double precision and not by products: an equal row has to lie at distance 0.
    real, made = real.astype(np.float64), made.astype(np.float64)
    between = cdist(real, made)  # (n, m)
    in_real = between <= _reach(real, k)[:, None]
    in_made = between <= _reach(made, k)
    return Manifold(
        precision=in_real.any(0).astype(float),
        recall=in_made.any(1).astype(float),
        density=in_real.sum(0) / k,
        coverage=in_real.any(1).astype(float),
    )


def _reach(points: np.ndarray, k: int) -> np.ndarray:
    """Return the distance of each point to its k-th nearest neighbour, itself not counted."""
    return np.partition(cdist(points, points), k, axis=1)[:, k]


def measure(material: Material) -> list[Finding]:
    """Return the four measures of every series, in the features of one network."""
    found = []
    for series in material.series:
        names = [each.name for each in MEASURES]
        rows = material.once(series)
        few = min(len(rows), len(material.real.ids))
        if FEATURES in material.skipped:
            status = str(material.skipped[FEATURES])
        elif few <= NEIGHBOURS:
            status = f"skipped: needs more than {NEIGHBOURS} patches a side, found {few}"
        else:
            features = material.scores.features[FEATURES]
            one = manifold(features["real"], features[series][rows])
            made, real = material.units(series)[rows], material.units("real")
            found += [
                Finding("precision", series, one.precision, made),
                Finding("recall", series, one.recall, real),
                Finding("density", series, one.density, made),
                Finding("coverage", series, one.coverage, real),
            ]
            continue
        found += [nothing(name, series, status) for name in names]
    return found
