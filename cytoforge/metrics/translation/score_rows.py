"""The long table of a translation's scores: one row per metric, variant and series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import CELLS, NO_BOUNDS, Bounds, Pooled, bounds
from cytoforge.metrics.statistics import mean_bounds
from cytoforge.metrics.translation.translation_metrics import FAMILY_OF, METRICS

COLUMNS = ("family", "metric", "variant", "series", "value", *CELLS, "n", "n_units", "status")


@dataclass
class ScoreRows:
    """Collects rows; an independent unit (patient, slide, image) is called a `noun`.

    variant : what a metric was computed with, e.g. the segmenter or the threshold
    status : "ok", or why there is no value
    """

    confidence: float
    noun: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def mean(
        self,
        metric: str,
        series: str,
        values: Sequence[float],
        units: Sequence[str],
        variant: str = "",
    ) -> None:
        """Add the mean over fields of what is finite, with what chance does to it."""
        found, at = np.array(values, np.float64), np.array(units, str)
        known = np.isfinite(found)
        found, at = found[known], at[known]
        if not len(found):
            self.nothing(metric, series, "undefined: no field has a value", variant)
            return
        signed = METRICS[metric].signed
        chance = mean_bounds(found, at, signed, self.confidence, self.noun)
        self._add(metric, series, variant, float(found.mean()), chance, len(found), at)

    def pooled(
        self,
        metric: str,
        series: str,
        counts: Sequence[np.ndarray],
        units: Sequence[str],
        statistic: Pooled,
        variant: str = "",
    ) -> None:
        """Add a statistic of the counts (k,) of all fields together."""
        by_unit = sums_by_unit(counts, units)
        stacked = np.stack(list(by_unit.values()))
        value = float(statistic.of(stacked.sum(0)))
        if not np.isfinite(value):
            self.nothing(metric, series, "undefined: there is nothing to count", variant)
            return
        chance = bounds(stacked, statistic, self.confidence, self.noun)
        self._add(metric, series, variant, value, chance, len(counts), np.array(units, str))

    def single(
        self,
        metric: str,
        series: str,
        value: float,
        units: Sequence[str],
        variant: str = "",
        chance: Bounds = NO_BOUNDS,
        n: int | None = None,
    ) -> None:
        """Add one number of all fields together, of `n` patches, or points, or fields."""
        count = len(units) if n is None else n
        self._add(metric, series, variant, value, chance, count, np.array(units, str))

    def nothing(self, metric: str, series: str, why: str, variant: str = "") -> None:
        """Add a row that says why there is no value."""
        row = {"family": FAMILY_OF[metric], "metric": metric, "variant": variant}
        self.rows.append({**row, "series": series, "n": 0, "n_units": 0, "status": why})

    def table(self) -> pd.DataFrame:
        """Return all rows, with the columns `COLUMNS`."""
        return pd.DataFrame(self.rows).reindex(columns=list(COLUMNS))

    def _add(
        self,
        metric: str,
        series: str,
        variant: str,
        value: float,
        chance: Bounds,
        n: int,
        units: np.ndarray,
    ) -> None:
        named = {"family": FAMILY_OF[metric], "metric": metric, "variant": variant}
        counted = {"n": n, "n_units": len(np.unique(units)), "status": "ok"}
        row = {**named, "series": series, "value": value, **chance.cells(), **counted}
        self.rows.append(row)


def sums_by_unit(counts: Sequence[np.ndarray], units: Sequence[str]) -> Mapping[str, np.ndarray]:
    """Return the sum of the counts of each unit, in the order of the units' names.

    >>> sums_by_unit([np.array([1, 2]), np.array([3, 4])], ["a", "a"])
    {'a': array([4, 6])}
    """
    sums: dict[str, np.ndarray] = {}
    for own, unit in zip(counts, units, strict=True):
        sums[unit] = sums[unit] + own if unit in sums else own
    return {name: sums[name] for name in sorted(sums)}
