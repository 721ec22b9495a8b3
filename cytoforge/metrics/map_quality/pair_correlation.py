"""The pair correlation g(r) of objects: how often others lie at a distance, by chance alone 1."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.metrics.map_quality.object_measures import object_centroids, pair_distances

BINS = 24
COLUMNS = ("object", "series", "r_px", "g")


def correlation_curves(
    series: Mapping[str, Sequence[MapField]], reach_px: Mapping[str, float]
) -> pd.DataFrame:
    """Return g(r) of each kind of objects and series, a row per distance, with `COLUMNS`."""
    rows = [
        (name, words, r, g)
        for name, reach in reach_px.items()
        for words, fields in series.items()
        for r, g in zip(*pair_correlation([f.objects[name] for f in fields], reach), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def pair_correlation(
    planes: Sequence[np.ndarray], reach_px: float, bins: int = BINS
) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles of bins of distance in px, and g there, (bins,) both.

    Ohser's estimator with translation correction (1983): the sums of all fields over the sums of
    what chance gives them, 2 π r dr n (n - 1) / area of each. NaN where there are no pairs at all.
    """
    edges = np.linspace(0, reach_px, bins + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    found, by_chance = np.zeros(bins), 0.0
    for labels in planes:
        sample, n = pair_distances(labels, reach_px), len(object_centroids(labels))
        # A sample's weight is 1 / r over the part of the field; of each pair both directions count.
        weights = 2 * sample.weights * np.maximum(sample.values, 1)
        found += np.histogram(sample.values, edges, weights=weights)[0]
        by_chance += n * (n - 1) / labels.size
    rings = np.pi * (edges[1:] ** 2 - edges[:-1] ** 2)
    g: np.ndarray = found / (rings * by_chance) if by_chance else np.full(bins, np.nan)
    return middle, g
