"""Part 7c of the page: models against each other, the original's plots (4)–(9)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cytoforge.metrics.registry import Metric
from cytoforge.report.axes import Frame
from cytoforge.report.charts import Mark, bar_chart, histogram
from cytoforge.report.scores import CLASS_MEANS, ORIGINAL, REAL, Scores
from cytoforge.report.spread_charts import box_chart

FEWEST = 5  # models for a histogram of their means
BINS = 20
Reader = Callable[[Scores, Metric], float | None]


def comparison_part(scores: Sequence[Scores]) -> dict[str, Any]:
    """Return bars, boxplots and histograms of the models' means and CVs."""
    enough = len(scores) >= FEWEST
    return {
        "n": len(scores),
        "fewest": FEWEST,
        "mean_bars": [(m.label, _bars(scores, m)) for m in ORIGINAL],
        "cv_bars": [(m.label, _cv_bars(scores, m)) for m in ORIGINAL],
        "mean_boxes": [(m.label, _box(scores, m, _mean)) for m in ORIGINAL],
        "cv_boxes": [(m.label, _box(scores, m, _cv)) for m in ORIGINAL],
        "mean_histograms": [(m.label, _histogram(scores, m, _mean)) for m in ORIGINAL if enough],
        "cv_histograms": [(m.label, _histogram(scores, m, _cv)) for m in ORIGINAL if enough],
    }


def _mean(scores: Scores, metric: Metric) -> float | None:
    return scores.value(metric.name).value


def _cv(scores: Scores, metric: Metric) -> float | None:
    value = scores.row(metric.name).get("cv_percent")
    return None if value is None else float(value)


def _bars(scores: Sequence[Scores], metric: Metric) -> str | None:
    values = [one.value(metric.name) for one in scores]
    if all(value.value is None for value in values):
        return None
    return bar_chart(
        [one.model_name for one in scores],
        [value.value for value in values],
        name=metric.label,
        errors=[_ends(value.low, value.high) for value in values],
        references=_guards(scores, metric),
    )


def _ends(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _guards(scores: Sequence[Scores], metric: Metric) -> list[Mark]:
    """Return a line a guard: the mean over models, whose guards differ by their label maps."""
    marks = []
    for series, label in ((CLASS_MEANS, "class means"), (REAL, "real vs real")):
        values = [one.value(metric.name, series).value for one in scores]
        known = [value for value in values if value is not None]
        if known:
            marks.append(Mark(float(np.mean(known)), label))
    return marks


def _cv_bars(scores: Sequence[Scores], metric: Metric) -> str | None:
    values = [_cv(one, metric) for one in scores]
    if all(value is None for value in values):
        return None
    return bar_chart([one.model_name for one in scores], values, name=f"CV of {metric.label} in %")


def _known(scores: Sequence[Scores], metric: Metric, read: Reader) -> list[float]:
    return [value for one in scores if (value := read(one, metric)) is not None]


def _box(scores: Sequence[Scores], metric: Metric, read: Reader) -> str | None:
    values = _known(scores, metric, read)
    if len(values) < 2:
        return None
    return box_chart(
        [f"{len(values)} models"], {"": {f"{len(values)} models": values}},
        name=metric.label, points=True, frame=Frame(220, 170),
    )  # fmt: skip


def _histogram(scores: Sequence[Scores], metric: Metric, read: Reader) -> str | None:
    values = _known(scores, metric, read)
    if len(values) < FEWEST or min(values) == max(values):
        return None
    counts, edges = np.histogram(values, BINS)
    return histogram(counts.tolist(), edges.tolist(), name=metric.label)
