"""The table of map quality: the 1-Wasserstein distance of every measure from real maps.

Real maps are those that no source has learned from. The floor is that of training maps, from which
it has; a source cannot be asked to come nearer than these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from cytoforge.metrics.intervals import (
    CELLS,
    FEWEST,
    NO_BOUNDS,
    Bounds,
    jackknife_sd,
    t_interval_of,
    t_reach,
)
from cytoforge.metrics.map_quality.map_fields import Sample, pooled
from cytoforge.metrics.map_quality.map_measures import MapMeasure

MADE, PERTURBED, UNIFORM, FLOOR = "made", "perturbed", "uniform", "real_vs_real"
SERIES = {
    MADE: "drawn maps",
    PERTURBED: "perturbed real maps",
    UNIFORM: "uniform placement",
    FLOOR: "real against real",
}
"""The columns of the table, and what the page calls them."""
COLUMNS = (
    *("measure", "family", "of", "label", "unit", "series", "value", *CELLS, "value_sd"),
    *("chance_sd", "mean", "real_mean", "n", "n_maps", "status"),
)
NOTHING = "undefined: nothing to measure"


@dataclass(frozen=True)
class MeasuredMaps:
    """The samples of the maps of one series.

    units : of each map, what was drawn independently
    samples : of each map, by the keys of measures
    noun : what a unit is called
    """

    units: Sequence[str]
    samples: Sequence[Mapping[str, Sample]]
    noun: str = "map"

    def of(self, key: str) -> Sample:
        """Return a measure of all maps together."""
        return pooled([sample[key] for sample in self.samples])

    def without(self, key: str) -> list[Sample]:
        """Return a measure of all maps but those of each unit in turn, in the units' order."""
        return [
            pooled([s[key] for s, own in zip(self.samples, self.units, strict=True) if own != unit])
            for unit in sorted(set(self.units))
        ]

    def by_unit(self, key: str) -> list[Sample]:
        """Return a measure of each unit's maps, in the units' order."""
        return [
            pooled([s[key] for s, own in zip(self.samples, self.units, strict=True) if own == unit])
            for unit in sorted(set(self.units))
        ]


def distance(a: Sample, b: Sample) -> float:
    """Return the 1-Wasserstein distance of two samples in their unit; NaN where one is empty.

    >>> distance(Sample(np.array([1.0, 3]), np.ones(2)), Sample(np.array([2.0]), np.ones(1)))
    1.0
    """
    if not (a.weights > 0).any() or not (b.weights > 0).any():
        return float("nan")
    return float(wasserstein_distance(a.values, b.values, a.weights, b.weights))


def distance_table(
    real: MeasuredMaps,
    series: Mapping[str, MeasuredMaps],
    measures: Sequence[MapMeasure],
    confidence: float,
) -> pd.DataFrame:
    """Return a row per measure and series, with the columns `COLUMNS`. A measure that is 0 in all
    maps, as holes of a class that none has, says nothing and has no rows.

    value : distance from the real maps, in the measure's unit
    value_sd : the same in SDs of the real values, comparable between measures
    low, high, interval, unit_values : what chance does to it by the maps of the series, the real
        ones held still: a t interval (jackknife), or the values of fewer than six maps
    chance_sd : the SD behind the interval, NaN without one
    mean, real_mean : of the measure
    """
    rows = []
    for measure in measures:
        there = real.of(measure.key)
        if not any(one.of(measure.key).values.any() for one in (real, *series.values())):
            continue
        for name, maps in series.items():
            rows.append({
                "measure": measure.key,
                "family": measure.family,
                "of": measure.of,
                "label": measure.label,
                "unit": measure.unit,
                "series": name,
                **_compared(there, maps, measure.key, confidence),
            })  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _compared(there: Sample, maps: MeasuredMaps, key: str, confidence: float) -> dict[str, Any]:
    made = maps.of(key)
    value = distance(made, there)
    row: dict[str, Any] = {"n": len(made.values), "n_maps": len(maps.samples)}
    row |= {"mean": made.mean, "real_mean": there.mean}
    if not np.isfinite(value):
        return row | {"status": NOTHING}
    sd = there.sd
    chance, chance_sd = _chance(there, maps, key, value, confidence)
    row |= {"value": value, **chance.cells(), "chance_sd": chance_sd}
    return row | {"value_sd": value / sd if sd else float("nan"), "status": "ok"}


def _chance(
    there: Sample, maps: MeasuredMaps, key: str, value: float, confidence: float
) -> tuple[Bounds, float]:
    units = len(set(maps.units))
    if units < FEWEST:
        return _few([distance(one, there) for one in maps.by_unit(key)], maps.noun), float("nan")
    left_out = np.array([distance(one, there) for one in maps.without(key)])
    if not np.isfinite(left_out).all():  # all of it comes from one unit
        return NO_BOUNDS, float("nan")
    sd = jackknife_sd(left_out)
    reach = t_reach(units - 1, sd, confidence)
    low, high = max(value - reach, 0.0), value + reach
    return Bounds(low, high, t_interval_of(units, confidence, maps.noun)), sd


def _few(values: Sequence[float], noun: str) -> Bounds:
    known = [value for value in values if np.isfinite(value)]
    if len(known) < 2:
        return NO_BOUNDS
    words = f"range of {len(known)} {noun}s"
    return Bounds(min(known), max(known), words, tuple(known))
