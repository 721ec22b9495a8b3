"""Which of several models is better, and where the data cannot distinguish them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.statistics import interval

Method = Literal["paired bootstrap", "intervals disjoint?", "no interval"]


@dataclass(frozen=True)
class Estimate:
    """One model's value of one metric.

    resampled : the same statistic in every bootstrap resample of the images, (resamples,); the
        draws are the same for all models with the same images, so differences are paired
    images : which were resampled
    status : why there is no value
    """

    model_name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    resampled: np.ndarray | None = None
    images: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Difference:
    """First minus second model; `significant` says whether the data distinguish them."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None
    significant: bool
    method: Method


@dataclass(frozen=True)
class Ranking:
    """Estimates of one metric in the order given, with their ranks.

    ranks : by model; 1 + the number of models that are better and significantly different. None
        where there is no value
    certain : False where nothing says how large chance is: the ranks follow the values alone
    differences : of all pairs, better model first
    """

    metric: Metric
    estimates: tuple[Estimate, ...]
    ranks: dict[str, int | None]
    certain: bool
    differences: tuple[Difference, ...]

    def not_different_from(self, model_name: str) -> list[str]:
        """Return the models that are not significantly different from this one."""
        return [
            other
            for d in self.differences
            if not d.significant and model_name in (d.first, d.second)
            for other in (d.first, d.second)
            if other != model_name
        ]


def rank(metric: Metric, estimates: Sequence[Estimate], confidence: float) -> Ranking:
    """Rank models by one metric, best first.

    Two models are significantly different when the interval of their paired difference over the
    same resampled images leaves out 0; where a metric is one number of whole sets (Fréchet), when
    their intervals do not overlap; where there is no interval at all (one image, validation L1),
    by value alone.
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
    for one in known:
        ahead = sum(d.significant for d in differences if d.second == one.model_name)
        ranks[one.model_name] = 1 + ahead
    certain = all(d.method != "no interval" for d in differences)
    return Ranking(metric, tuple(estimates), ranks, certain, differences)


def difference(first: Estimate, second: Estimate, confidence: float) -> Difference:
    """Compare two estimates that have values."""
    assert first.value is not None and second.value is not None
    names, value = (first.model_name, second.model_name), first.value - second.value
    paired = first.images == second.images
    if paired and first.resampled is not None and second.resampled is not None:
        low, high = interval(first.resampled - second.resampled, confidence)
        # Asked in this way, bounds that are undefined distinguish nothing.
        return Difference(*names, value, low, high, low > 0 or high < 0, "paired bootstrap")
    ends = (first.low, first.high, second.low, second.high)
    if None in ends:
        return Difference(*names, value, None, None, value != 0, "no interval")
    significant = first.low > second.high or second.low > first.high  # type: ignore[operator]
    return Difference(*names, value, None, None, significant, "intervals disjoint?")


def mean_rank(rankings: Sequence[Ranking], model_name: str) -> float | None:
    """Return the mean of a model's ranks over the metrics that have one."""
    ranks = [r for one in rankings if (r := one.ranks.get(model_name)) is not None]
    return float(np.mean(ranks)) if ranks else None
