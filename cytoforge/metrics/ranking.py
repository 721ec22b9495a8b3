"""Which of several models is better, and where the data cannot distinguish them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cytoforge.metrics.intervals import NO_BOUNDS, Bounds, Jackknife
from cytoforge.metrics.metric import Metric

Method = Literal["paired t", "intervals disjoint?", "no interval"]


@dataclass(frozen=True)
class Estimate:
    """One model's value of one metric.

    bounds : what chance does to it
    left_out : the same statistic with each unit left out, where there is an interval; of two models
        with the same units the differences are paired
    units : the independent units (images, or what the split keeps together)
    status : why there is no value
    """

    model_name: str
    value: float | None = None
    bounds: Bounds = NO_BOUNDS
    left_out: Jackknife | None = None
    units: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Difference:
    """First minus second model; `significant` says whether the data distinguish them, None where
    nothing says how large chance is."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None
    significant: bool | None
    method: Method


@dataclass(frozen=True)
class Ranking:
    """Estimates of one metric in the order given, with their ranks.

    ranks : by model; 1 + the number of models that are better and significantly different. None
        where there is no value; for all where nothing says how large chance is (fewer than six
        independent units, a value without an interval): the order of values is no ranking
    differences : of all pairs, better model first
    """

    metric: Metric
    estimates: tuple[Estimate, ...]
    ranks: dict[str, int | None]
    differences: tuple[Difference, ...]

    def not_different_from(self, model_name: str) -> list[str]:
        """Return the models that are not significantly different from this one."""
        return [
            other
            for d in self.differences
            if d.significant is False and model_name in (d.first, d.second)
            for other in (d.first, d.second)
            if other != model_name
        ]


def rank(metric: Metric, estimates: Sequence[Estimate], confidence: float) -> Ranking:
    """Rank models by one metric, best first.

    Two models are significantly different when the t interval of their paired difference over the
    same units leaves out 0; where a metric is one number of whole sets (Fréchet), when their
    intervals do not overlap, which is stricter. Without an interval nothing is ranked.
    """
    sign = 1 if metric.higher_is_better else -1
    known = sorted(
        (one for one in estimates if one.value is not None and math.isfinite(one.value)),
        key=lambda one: -sign * (one.value or 0.0),
    )
    differences = tuple(
        difference(better, worse, confidence)
        for k, better in enumerate(known)
        for worse in known[k + 1 :]
    )
    ranks: dict[str, int | None] = {one.model_name: None for one in estimates}
    if differences and all(d.significant is not None for d in differences):
        for one in known:
            ahead = sum(bool(d.significant) for d in differences if d.second == one.model_name)
            ranks[one.model_name] = 1 + ahead
    return Ranking(metric, tuple(estimates), ranks, differences)


def difference(first: Estimate, second: Estimate, confidence: float) -> Difference:
    """Compare two estimates that have values."""
    assert first.value is not None and second.value is not None
    names, value = (first.model_name, second.model_name), first.value - second.value
    a, b = first.left_out, second.left_out
    if a and b and first.units == second.units:
        paired = Jackknife(a.left_out - b.left_out, min(a.freedom, b.freedom))
        low, high = paired.interval(value, confidence)
        # Asked in this way, bounds that are undefined distinguish nothing.
        return Difference(*names, value, low, high, bool(low > 0 or high < 0), "paired t")
    if not (first.bounds.certain and second.bounds.certain):
        return Difference(*names, value, None, None, None, "no interval")
    apart = first.bounds.below(second.bounds) or second.bounds.below(first.bounds)
    return Difference(*names, value, None, None, apart, "intervals disjoint?")


def mean_rank(rankings: Sequence[Ranking], model_name: str) -> float | None:
    """Return the mean of a model's ranks over the metrics that have one."""
    ranks = [r for one in rankings if (r := one.ranks.get(model_name)) is not None]
    return float(np.mean(ranks)) if ranks else None


def table_cell(value: Any) -> Any:
    """Return a table's cell: numbers in full, nothing for what is not known.

    >>> [table_cell(value) for value in (0.1, 3, None, float("nan"), True, False, "a")]
    ['0.1', 3, '', '', 'yes', 'no', 'a']
    """
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return value
