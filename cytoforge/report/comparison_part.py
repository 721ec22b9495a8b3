"""Part 7c of the page: models against each other, the original's plots (4)–(9)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from cytoforge.metrics.metric import REAL, TRIVIAL, Metric
from cytoforge.metrics.score_tables import Scores
from cytoforge.report.drawing import legend, panels, publish, styled
from cytoforge.report.metric_names import ORIGINAL, short, with_unit
from cytoforge.report.plots import (
    BASELINES,
    bars,
    boxes,
    histogram,
    mark,
    short_name,
    whisker_entries,
)
from cytoforge.report.results import Results
from cytoforge.report.spread_part import model_entries

FEWEST = 5  # models for a histogram of their means
BINS = 20
Reader = Callable[[Scores, Metric], float | None]


def comparison_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return bars, boxplots and histograms of the models' means and CVs, each one figure."""
    readers: dict[str, Reader] = {"means": _mean, "cvs": _cv}
    return {
        "n": len(scores),
        "fewest": FEWEST,
        **{name: _bars(results, scores, name, read) for name, read in readers.items()},
        **{f"{n}_boxes": _boxes(results, scores, n, read) for n, read in readers.items()},
        **{f"{n}_histograms": _histograms(results, scores, n, r) for n, r in readers.items()},
    }


def _mean(scores: Scores, metric: Metric) -> float | None:
    return scores.value(metric.name).value


def _cv(scores: Scores, metric: Metric) -> float | None:
    value = scores.row(metric.name).get("cv_percent")
    return None if value is None else float(value)


def _axis(name: str, metric: Metric) -> str:
    return with_unit(metric) if name == "means" else f"CV of {short(metric)} (%)"


def _drawn(scores: Sequence[Scores], read: Reader, least: int) -> dict[Metric, list[float]]:
    """Return the values of each metric that at least so many models have."""
    found = {m: [v for one in scores if (v := read(one, m)) is not None] for m in ORIGINAL}
    return {metric: values for metric, values in found.items() if len(values) >= least}


@styled
def _bars(results: Results, scores: Sequence[Scores], name: str, read: Reader) -> Markup | None:
    metrics = _drawn(scores, read, 1)
    if not metrics:
        return None
    figure, axes = panels(len(metrics), 3, 1.55)
    for panel, metric in zip(axes, metrics, strict=True):
        values = [one.value(metric.name) for one in scores]
        known = [value.bounds for value in values] if name == "means" else ()
        bars(panel, [""] * len(scores), [read(one, metric) for one in scores], bounds=known)
        panel.set_ylabel(_axis(name, metric))
        panel.tick_params(axis="x", length=0)
        if name == "means":
            for series, kind in (*TRIVIAL.items(), (REAL, "two real sets")):
                mark(panel, _baseline(scores, metric, series), kind, vertical=False)
    lines = [(kind, BASELINES[kind]) for kind in (*TRIVIAL.values(), "two real sets")]
    drawn = [one.value(metric.name).bounds for metric in metrics for one in scores]
    shown = [*whisker_entries(drawn), *lines] if name == "means" else []
    legend(figure, [*model_entries(scores), *shown])
    words = f"{name.capitalize()} of the pair metrics of all models"
    return publish(figure, results.figures, f"models_{name}", words)


def _baseline(scores: Sequence[Scores], metric: Metric, series: str) -> float | None:
    """Return the mean over models, whose baselines differ by their label maps."""
    values = [one.value(metric.name, series).value for one in scores]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


@styled
def _boxes(results: Results, scores: Sequence[Scores], name: str, read: Reader) -> Markup | None:
    metrics = _drawn(scores, read, 2)
    if not metrics:
        return None
    figure, axes = panels(len(metrics), 5, 1.6)
    for panel, (metric, values) in zip(axes, metrics.items(), strict=True):
        boxes(panel, [""], {"": {"": values}}, points=True)
        panel.set_title(short_name(_axis(name, metric), 22), fontsize=7)
        panel.tick_params(axis="x", length=0)
    words = f"Boxplots of the models' {name}"
    return publish(figure, results.figures, f"models_{name}_boxes", words)


@styled
def _histograms(
    results: Results, scores: Sequence[Scores], name: str, read: Reader
) -> Markup | None:
    metrics = {m: v for m, v in _drawn(scores, read, FEWEST).items() if min(v) < max(v)}
    if not metrics:
        return None
    figure, axes = panels(len(metrics), 3, 1.45)
    for panel, (metric, values) in zip(axes, metrics.items(), strict=True):
        counts, edges = np.histogram(values, BINS)
        histogram(panel, counts.tolist(), edges.tolist())
        panel.set(xlabel=_axis(name, metric), ylabel="models")
    words = f"Histograms of the models' {name}"
    return publish(figure, results.figures, f"models_{name}_histograms", words)
