"""Part of the page below its head: what synthetic images lack, beside two real sets."""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from cytoforge.metrics.metric import GENERATOR, REAL, Metric
from cytoforge.metrics.registry import measures
from cytoforge.metrics.score_tables import BY_NAME, Scores, Value
from cytoforge.report.drawing import colour_of, legend, panels, publish, styled
from cytoforge.report.metric_names import arrow
from cytoforge.report.numbers import chance, number
from cytoforge.report.plots import readable_log
from cytoforge.report.results import Results

DOSE = "blur_of_"
POWER = "power_"
# How each series is drawn beside the model's own line.
DASHES = (":", "--", "-.")


def realism_part(
    results: Results, scores: Sequence[Scores], blinded: Iterable[str] = ()
) -> dict[str, Any]:
    """Return per model the table of measures, that of distances with their doses, and a figure.

    blinded : models that have a page for a blinded reader
    """
    measured = [one for one in scores if len(one.realism)]
    return {
        "tables": [(one.model_name, _table(one)) for one in measured],
        "doses": [(one.model_name, _doses(one)) for one in measured],
        "spectra": _spectra(results, measured) if measured else None,
        "skipped": _skipped(measured),
        "blinded": [(name, f"blinded/{name}.html") for name in blinded],
    }


def series_of(scores: Scores) -> list[str]:
    """Return the series of a model's measures: its own, the baselines, two real sets last."""
    found = list(dict.fromkeys(scores.realism["series"]))
    return sorted(found, key=lambda name: (name == REAL, name != GENERATOR))


def series_words(name: str) -> str:
    """Return a series in words.

    >>> series_words("class_means"), series_words("real_vs_real")
    ('class means', 'two real sets')
    """
    return {GENERATOR: "synthetic", REAL: "two real sets"}.get(name, name.replace("_", " "))


def _table(scores: Scores) -> dict[str, Any]:
    """Return a row per measure that has a value in any series."""
    series = series_of(scores)
    rows = []
    for metric in measures():
        if metric.name.startswith(DOSE):
            continue
        values = [scores.measure(metric.name, name) for name in series]
        if any(value.value is not None for value in values):
            rows.append({**_named(metric), "cells": [_cell(value) for value in values]})
    return {"heads": [series_words(name) for name in series], "rows": rows}


def _doses(scores: Scores) -> dict[str, Any]:
    """Return a row per distance: its value in each series, and that blur of real patches."""
    series, rows = series_of(scores), []
    for metric in measures():
        if not metric.name.startswith(DOSE):
            continue
        distance = metric.name.removeprefix(DOSE)
        doses = [scores.measure(metric.name, name) for name in series]
        values = [scores.value(distance, name) for name in series]
        if any(value.value is not None for value in values):
            pairs = zip(values, doses, strict=True)
            rows.append({
                **_named(BY_NAME[distance]),
                "cells": [cell for value, dose in pairs for cell in (_cell(value), _dose(dose))],
            })  # fmt: skip
    return {"heads": [series_words(name) for name in series], "rows": rows}


def _named(metric: Metric) -> dict[str, str]:
    return {
        "label": metric.label,
        "arrow": arrow(metric),
        "unit": metric.unit,
        "asks": metric.description,
    }


def _cell(value: Value) -> dict[str, str]:
    return {
        "text": number(value.value),
        "sort": "" if value.value is None else repr(value.value),
        "interval": chance(value.bounds),
        "status": "" if value.value is not None else value.status,
    }


def _dose(value: Value) -> dict[str, str]:
    if value.value is None and value.status.startswith("farther"):
        return {**_cell(value), "text": "> " + value.status.split("by ")[1]}
    return {**_cell(value), "text": f"{value.value:.1f} px" if value.value is not None else "–"}


def _skipped(scores: Sequence[Scores]) -> list[tuple[str, str]]:
    """Return each reason why a model's measures are missing, with the measures' labels."""
    labels = {metric.name: metric.label for metric in measures()}
    found: dict[str, list[str]] = {}
    for one in scores:
        table = one.realism[one.realism["series"] == GENERATOR]
        for name, status in zip(table["measure"], table["status"].astype(str), strict=True):
            if status.startswith(("skipped", "undefined")) and not str(name).startswith(DOSE):
                known = found.setdefault(status, [])
                if labels[str(name)] not in known:
                    known.append(labels[str(name)])
    return [(", ".join(names), status) for status, names in found.items()]


@styled
def _spectra(results: Results, scores: Sequence[Scores]) -> Markup:
    """Draw the ratio of power by period: a line per model, the baselines of the first dashed."""
    figure, (axes,) = panels(1, 1, 2.6, width_in=4.6)
    axes.axhline(1, color="#5b656f", linewidth=0.8)
    entries = []
    baselines = [name for name in series_of(scores[0]) if name != GENERATOR]
    lines = [(one, GENERATOR, one.model_name, "-") for one in scores]
    lines += [
        (scores[0], name, f"{series_words(name)} ({scores[0].model_name})", DASHES[k % len(DASHES)])
        for k, name in enumerate(baselines)
    ]
    for k, (one, series, words, dash) in enumerate(lines):
        if not (points := _points(one, series)):
            continue
        style: dict[str, Any] = {"color": colour_of(k), "linestyle": dash}
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, **style)
        entries.append((words, style))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    readable_log(axes)
    periods = [period for period, _ in _points(scores[0], GENERATOR)]
    axes.set_xticks(periods, [str(period) for period in periods])
    axes.set_xlabel("period in px: fine details left, coarse right")
    axes.set_ylabel("power by that of real")
    legend(figure, entries)
    return publish(figure, results.figures, "power_by_period", "Power by period beside real")


def _points(scores: Scores, series: str) -> list[tuple[int, float]]:
    """Return (period, ratio) of a series, finest first."""
    table = scores.realism
    names = [m.name for m in measures() if m.name.startswith(POWER)]
    found = []
    for name in names:
        value = scores.measure(name, series).value if len(table) else None
        if value is not None and value > 0:
            found.append((int(name.removeprefix(POWER).removesuffix("px")), value))
    return sorted(found)
