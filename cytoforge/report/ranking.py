"""Which of several models is better, and where the data cannot tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cytoforge.metrics.registry import Metric
from cytoforge.metrics.statistics import interval

How = Literal["paired bootstrap", "intervals overlap?", "no interval"]


@dataclass(frozen=True)
class Figure:
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
    """First minus second model; `apart` says whether the data tell them apart."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None
    apart: bool
    how: How


@dataclass(frozen=True)
class Ranking:
    """Figures of one metric in the order given, with their ranks.

    ranks : by model; 1 + the number of models that are better and told apart. None where
        there is no value
    sure : False where nothing says how large chance is: the ranks follow the values alone
    differences : of all pairs, better model first
    """

    metric: Metric
    figures: tuple[Figure, ...]
    ranks: dict[str, int | None]
    sure: bool
    differences: tuple[Difference, ...]

    def like(self, model_name: str) -> list[str]:
        """Return the models that are not told apart from this one."""
        return [
            other
            for d in self.differences
            if not d.apart and model_name in (d.first, d.second)
            for other in (d.first, d.second)
            if other != model_name
        ]


def rank(metric: Metric, figures: Sequence[Figure], confidence: float) -> Ranking:
    """Rank models by one metric, best first.

    Two models are told apart when the interval of their paired difference over the same
    resampled images leaves out 0; where a metric is one number of whole sets (Fréchet), when their
    intervals do not overlap; where there is no interval at all (one image, validation L1), by
    value alone.
    """
    sign = 1 if metric.higher_is_better else -1
    known = sorted(
        (one for one in figures if one.value is not None),
        key=lambda one: -sign * (one.value or 0.0),
    )
    differences = tuple(
        difference(better, worse, confidence)
        for k, better in enumerate(known)
        for worse in known[k + 1 :]
    )
    ranks: dict[str, int | None] = {one.model_name: None for one in figures}
    for one in known:
        ahead = sum(d.apart for d in differences if d.second == one.model_name)
        ranks[one.model_name] = 1 + ahead
    sure = all(d.how != "no interval" for d in differences)
    return Ranking(metric, tuple(figures), ranks, sure, differences)


def difference(first: Figure, second: Figure, confidence: float) -> Difference:
    """Compare two figures that have values."""
    assert first.value is not None and second.value is not None
    names, value = (first.model_name, second.model_name), first.value - second.value
    paired = first.images == second.images
    if paired and first.resampled is not None and second.resampled is not None:
        low, high = interval(first.resampled - second.resampled, confidence)
        return Difference(*names, value, low, high, not low <= 0 <= high, "paired bootstrap")
    ends = (first.low, first.high, second.low, second.high)
    if None in ends:
        return Difference(*names, value, None, None, value != 0, "no interval")
    apart = first.low > second.high or second.low > first.high  # type: ignore[operator]
    return Difference(*names, value, None, None, apart, "intervals overlap?")


def mean_rank(rankings: Sequence[Ranking], model_name: str) -> float | None:
    """Return the mean of a model's ranks over the metrics that have one."""
    ranks = [r for one in rankings if (r := one.ranks.get(model_name)) is not None]
    return float(np.mean(ranks)) if ranks else None
