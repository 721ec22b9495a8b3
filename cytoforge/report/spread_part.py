"""Part 7b of the page: the original's plots (1)–(3) of each metric over the pairs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from cytoforge.metrics.metric import GENERATOR, Metric
from cytoforge.metrics.registry import PAIR_METRICS
from cytoforge.metrics.score_tables import Scores, read_bounds
from cytoforge.report.drawing import colour_of, legend, panels, publish, styled
from cytoforge.report.metric_names import HIGH_VALUED, ORIGINAL, arrow, short, with_unit
from cytoforge.report.numbers import chance, number
from cytoforge.report.plots import (
    bars,
    boxes,
    histogram,
    mark_value,
    mean_sd,
    readable_log,
    values_in_words,
)
from cytoforge.report.results import Results

BINS = 20  # as the original
# One of the original's low-valued group; at about 5 nats it would flatten the others on its axis.
OWN_AXIS = "cross_entropy"
MAX_OUTLIERS = 12  # named in a table cell; the rest is in outliers.csv


def spread_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return the panels of all models together and the histograms of each."""
    return {
        "mean_sd": _panels_of_groups(results, scores, "mean_sd", "Mean ± SD"),
        "boxes": _panels_of_groups(results, scores, "boxes", "Boxplots"),
        "blocks": [_block(results, one, colour) for colour, one in enumerate(scores)],
    }


@styled
def _panels_of_groups(
    results: Results, scores: Sequence[Scores], name: str, title: str
) -> Markup | None:
    """Return the original's two groups of metrics side by side, and cross-entropy on its own."""
    if not any(len(one.pairs) for one in scores):
        return None
    high = [metric for metric in ORIGINAL if metric.name in HIGH_VALUED]
    low = [m for m in ORIGINAL if m.name not in (*HIGH_VALUED, OWN_AXIS)]
    own = [metric for metric in ORIGINAL if metric.name == OWN_AXIS]
    groups = [(high, "value (dB or grey levels)"), (low, "value"), (own, "value (nats)")]
    widths = [1 + len(metrics) for metrics, _ in groups]
    figure, axes = panels(3, 3, 2.4, gridspec_kw={"width_ratios": widths})
    for panel, (metrics, label) in zip(axes, groups, strict=True):
        _draw_group(panel, scores, metrics, name)
        panel.set_ylabel(label)
    axes[0].set_yscale("log")
    readable_log(axes[0])
    legend(figure, model_entries(scores))
    words = f"{title} of the pair metrics of {', '.join(one.model_name for one in scores)}"
    return publish(figure, results.figures, name, words)


def _draw_group(
    panel: Axes, scores: Sequence[Scores], metrics: Sequence[Metric], name: str
) -> None:
    names = [short(metric) for metric in metrics]
    if name == "boxes":
        boxes(panel, names, {
            one.model_name: {short(m): one.patch_values(m.name).tolist() for m in metrics}
            for one in scores
        })  # fmt: skip
        return
    rows = {one.model_name: {short(m): one.row(m.name) for m in metrics} for one in scores}
    mean_sd(panel, names, {
        model: {m: (row["mean"], row["sd"]) for m, row in found.items() if row.get("mean")}
        for model, found in rows.items()
    })  # fmt: skip


def model_entries(scores: Sequence[Scores]) -> list[tuple[str, dict[str, Any]]]:
    """Return the entries of a legend of models in their colours."""
    return [
        (one.model_name, {"color": colour_of(k), "marker": "o", "linestyle": "", "markersize": 4})
        for k, one in enumerate(scores)
    ]


def _block(results: Results, scores: Scores, colour: int) -> dict[str, Any]:
    return {
        "name": scores.model_name,
        "histograms": _histograms(results, scores, colour),
        "cv": _cv_figure(results, scores, colour),
        "rows": [_table_row(scores, metric) for metric in PAIR_METRICS],
    }


@styled
def _histograms(results: Results, scores: Scores, colour: int) -> Markup | None:
    drawn = []
    for metric in ORIGINAL:
        values = scores.patch_values(metric.name)
        if len(values) >= 2 and values.min() < values.max():
            drawn.append((metric, values))
    if not drawn:
        return None
    figure, axes = panels(len(drawn), 3, 1.45)
    for panel, (metric, values) in zip(axes, drawn, strict=True):
        counts, edges = np.histogram(values, BINS)
        histogram(panel, counts.tolist(), edges.tolist(), colour)
        mark_value(panel, float(values.mean()))
        panel.set(xlabel=with_unit(metric), ylabel="patches")
    label = f"Histograms of the pair metrics of {scores.model_name}, lines at the means"
    return publish(figure, results.figures, f"histograms_{scores.model_name}", label)


@styled
def _cv_figure(results: Results, scores: Scores, colour: int) -> Markup | None:
    names = [short(metric) for metric in ORIGINAL]
    values = [scores.row(metric.name).get("cv_percent") for metric in ORIGINAL]
    if all(value is None for value in values):
        return None
    figure, (axes,) = panels(1, 1, 1.8)
    bars(axes, names, values, colours=[colour] * len(names))
    axes.set_ylabel("coefficient of variation (%)")
    label = f"Coefficients of variation in %: {values_in_words(names, values)}"
    return publish(figure, results.figures, f"cv_{scores.model_name}", label)


def _table_row(scores: Scores, metric: Metric) -> dict[str, Any]:
    row = scores.row(metric.name)
    status = str(row.get("status", "not scored"))
    return {
        "label": metric.label,
        "arrow": arrow(metric),
        "unit": metric.unit,
        "description": metric.description,
        "original": metric.original,
        "ok": row.get("mean") is not None,
        "status": status,
        "cells": [
            (number(row.get(key)), "" if row.get(key) is None else repr(float(row[key])))
            for key in ("mean", "sd", "cv_percent", "median")
        ],
        "cv_note": row.get("cv_note") or "",
        "interval": chance(read_bounds(row)),
        "n": row.get("n", 0),
        "notes": _notes(row),
        **_outliers(scores, metric),
    }


def _notes(row: dict[str, Any]) -> str:
    notes = []
    if row.get("n_undefined"):
        notes.append(f"{row['n_undefined']} undefined")
    if row.get("n_capped"):
        notes.append(f"{row['n_capped']} at the cap")
    return ", ".join(notes)


def _outliers(scores: Scores, metric: Metric) -> dict[str, Any]:
    table = scores.outliers
    if not len(table):
        return {"n_outliers": 0, "outliers": []}
    found = table[(table["series"] == GENERATOR) & (table["metric"] == metric.name)]
    found = found.reindex(found["z"].abs().sort_values(ascending=False, kind="stable").index)
    names = [
        f"{row['image']} r{row['row']} c{row['col']}: {number(row['value'])} (z {row['z']:+.1f})"
        for row in found.head(MAX_OUTLIERS).to_dict("records")
    ]
    return {"n_outliers": len(found), "outliers": names}
