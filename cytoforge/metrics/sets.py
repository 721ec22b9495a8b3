"""The table of sets: distances between all real and all synthetic patches, with intervals."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import (
    CELLS,
    FEWEST_OF_SETS,
    NO_BOUNDS,
    Bounds,
    freedom_of,
    jackknife_sd,
    t_interval_of,
    t_reach,
    unit_noun,
)
from cytoforge.metrics.metric import Metric, Statistic
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.registry import SET_METRICS, SET_SOURCES
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import generator

# A distance costs an n × n singular value decomposition, about 3e-9 n³ s: so many in all keep an
# interval below some seconds. Of more units than that some are left out together.
BUDGET = 2e9


def set_table(
    features: dict[str, dict[str, np.ndarray]],
    real: Patches,
    series: dict[str, Patches],
    skipped: dict[str, Missing],
    config: MetricsConfig,
    seed: int,
) -> pd.DataFrame:
    """Return one row a series and set metric.

    Columns: series, metric, value, low, high, interval, unit_values (always empty: a distance has
    none of single images), n_real, n, status. All series are compared with the same real patches,
    and sets have equal sizes, because the Fréchet distance of small sets depends on their size. A
    repeated patch (fewer train than test patches) counts once.
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
            rows[-1] |= _score(metric, a, b, real.ids, patches.ids[once], config, seed)
    columns = ["series", "metric", "value", *CELLS, "n_real", "n", "status"]
    return pd.DataFrame(rows).reindex(columns=columns)


def _score(
    metric: Metric,
    a: np.ndarray,
    b: np.ndarray,
    ids_a: pd.DataFrame,
    ids_b: pd.DataFrame,
    config: MetricsConfig,
    seed: int,
) -> dict[str, object]:
    if min(len(a), len(b)) < 2:
        return {"status": f"skipped: needs two patches a side, found {len(a)} and {len(b)}"}
    random = generator(seed, "sets", metric.name)
    value, statistic = SET_SOURCES[metric.name](a, b, random)
    if not np.isfinite(value):
        return {"status": "undefined: the distance of these features is no number"}
    groups = ids_a["group"].to_numpy(str), ids_b["group"].to_numpy(str)
    noun = unit_noun(groups[0], ids_a["image"].to_numpy(str))
    found = set_bounds(a, b, groups, statistic, value, config.confidence, noun)
    if found.low is not None and not metric.signed:
        found = replace(found, low=max(found.low, 0.0))
    return {"value": value, **found.cells(), "status": "ok"}


def set_bounds(
    a: np.ndarray,
    b: np.ndarray,
    groups: tuple[np.ndarray, np.ndarray],
    statistic: Statistic,
    value: float,
    confidence: float,
    noun: str,
) -> Bounds:
    """Return a t interval of a distance by the jackknife over units; none of fewer than ten.

    Where both sides show the same units (synthetic against its own originals) a unit is left out on
    both sides together; else the variances of the two sides add up.

    groups : units of the rows of `a` and of `b`
    """
    names = [np.unique(side) for side in groups]
    units = min(map(len, names))
    blocks = min(units, int(BUDGET / max(len(a), len(b)) ** 3))
    if blocks < FEWEST_OF_SETS:
        return NO_BOUNDS
    a, b = a.astype(np.float64), b.astype(np.float64)
    products = a @ a.T, b @ b.T, a @ b.T
    rows_a, rows_b = (
        np.searchsorted(known, side) % blocks for known, side in zip(names, groups, strict=True)
    )
    freedom = min(freedom_of(np.bincount(rows)) for rows in (rows_a, rows_b))

    def without(block_a: int, block_b: int) -> float:
        kept_a, kept_b = np.flatnonzero(rows_a != block_a), np.flatnonzero(rows_b != block_b)
        return statistic(
            products[0][np.ix_(kept_a, kept_a)],
            products[1][np.ix_(kept_b, kept_b)],
            products[2][np.ix_(kept_a, kept_b)],
        )

    paired = np.array_equal(names[0], names[1])
    sides = ((1, 1),) if paired else ((1, 0), (0, 1))
    sds = [
        jackknife_sd(np.array([without(k if x else -1, k if y else -1) for k in range(blocks)]))
        for x, y in sides
    ]
    reach = t_reach(freedom, float(np.hypot.reduce(sds)), confidence)
    return Bounds(value - reach, value + reach, t_interval_of(units, confidence, noun))
