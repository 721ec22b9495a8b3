"""The table of sets: distances between all real and all synthetic patches, with intervals."""

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.metric import Metric, Statistic
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.registry import SET_METRICS, SET_SOURCES
from cytoforge.metrics.statistics import interval
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import generator

# A resample costs an n × n singular value decomposition, about 3e-9 n³ s: this many keep an
# interval below some seconds; with fewer than 50 none is given.
RESAMPLES, RESAMPLE_BUDGET, FEWEST = 200, 2e9, 50


def set_table(
    features: dict[str, dict[str, np.ndarray]],
    real: Patches,
    series: dict[str, Patches],
    skipped: dict[str, Missing],
    config: MetricsConfig,
    seed: int,
) -> pd.DataFrame:
    """Return one row a series and set metric.

    Columns: series, metric, value, ci_low, ci_high, n_real, n, status. All series are compared with
    the same real patches, and sets have equal sizes, because the Fréchet distance of small sets
    depends on their size. A repeated patch (fewer train than test patches) counts once.
    """
    rows = []
    for name, patches in series.items():
        once = ~patches.ids.duplicated().to_numpy()
        for metric in SET_METRICS:
            row: dict[str, object] = {"series": name, "metric": metric.name}
            weights = str(metric.weights)
            if weights in skipped:
                rows.append(row | {"status": str(skipped[weights])})
                continue
            a, b = features[weights]["real"], features[weights][name][once]
            rows.append(row | {"n_real": len(a), "n": len(b)})
            rows[-1] |= _score(
                metric, a, b, real.ids["image"], patches.ids["image"][once], config, seed
            )
    columns = ["series", "metric", "value", "ci_low", "ci_high", "n_real", "n", "status"]
    return pd.DataFrame(rows).reindex(columns=columns)


def _score(
    metric: Metric,
    a: np.ndarray,
    b: np.ndarray,
    images_a: pd.Series,
    images_b: pd.Series,
    config: MetricsConfig,
    seed: int,
) -> dict[str, object]:
    if min(len(a), len(b)) < 2:
        return {"status": f"skipped: needs two patches a side, found {len(a)} and {len(b)}"}
    random = generator(seed, "sets", metric.name)
    value, statistic = SET_SOURCES[metric.name](a, b, random)
    if not np.isfinite(value):
        return {"status": "undefined: the distance of these features is no number"}
    groups_a, groups_b = images_a.to_numpy(str), images_b.to_numpy(str)
    low, high = set_interval(a, b, groups_a, groups_b, statistic, value, config, random)
    if low is not None and not metric.signed:
        low = max(low, 0.0)  # shifting the resamples must not promise the impossible
    return {"value": value, "ci_low": low, "ci_high": high, "status": "ok"}


def set_interval(
    a: np.ndarray,
    b: np.ndarray,
    images_a: np.ndarray,
    images_b: np.ndarray,
    statistic: Statistic,
    value: float,
    config: MetricsConfig,
    random: np.random.Generator,
) -> tuple[float | None, float | None]:
    """Return a bootstrap interval over images, or (None, None) for one image or too large sets.

    Where both sides show the same images (synthetic against its own originals) an image is drawn on
    both sides together. Repeats in a resample make sets look narrower and so raise these distances;
    the resampled values are therefore shifted so that their mean is `value`.
    """
    resamples = int(min(RESAMPLES, RESAMPLE_BUDGET / max(len(a), len(b)) ** 3))
    names_a, names_b = np.unique(images_a), np.unique(images_b)
    if min(len(names_a), len(names_b)) < 2 or resamples < FEWEST:
        return None, None
    a, b = a.astype(np.float64), b.astype(np.float64)
    products = a @ a.T, b @ b.T, a @ b.T
    paired = np.array_equal(images_a, images_b)
    values = []
    for _ in range(resamples):
        rows_a = _draw(names_a, images_a, random)
        rows_b = rows_a if paired else _draw(names_b, images_b, random)
        values.append(
            statistic(
                products[0][np.ix_(rows_a, rows_a)],
                products[1][np.ix_(rows_b, rows_b)],
                products[2][np.ix_(rows_a, rows_b)],
            )
        )
    low, high = interval(np.array(values) - np.mean(values) + value, config.confidence)
    return low, high


def _draw(names: np.ndarray, images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the rows of as many images as there are, drawn with replacement."""
    drawn = names[random.integers(len(names), size=len(names))]
    return np.concatenate([np.flatnonzero(images == name) for name in drawn])
