"""Part 7b of the page: the original's plots (1)–(3) of each metric over the pairs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cytoforge.metrics.registry import PAIR_METRICS, Metric
from cytoforge.report.axes import Frame
from cytoforge.report.charts import Mark, bar_chart, histogram
from cytoforge.report.numbers import interval, number
from cytoforge.report.scores import (
    GENERATOR,
    HIGH_VALUED,
    ORIGINAL,
    SHORT,
    Scores,
    arrow,
)
from cytoforge.report.spread_charts import Spread, box_chart, mean_sd_chart

BINS = 20  # as the original
# One of the original's low-valued group; at about 5 nats it would flatten the others on its axis.
OWN_AXIS = "cross_entropy"
MAX_OUTLIERS = 12  # named in a table cell; the rest is in outliers.csv


def short(metric: Metric) -> str:
    """Return a metric's name for an axis."""
    return SHORT.get(metric.name, metric.label)


def spread_part(scores: Sequence[Scores]) -> dict[str, Any]:
    """Return the panels of all models together and the histograms of each."""
    high = [metric for metric in ORIGINAL if metric.name in HIGH_VALUED]
    low = [m for m in ORIGINAL if m.name not in (*HIGH_VALUED, OWN_AXIS)]
    own = [metric for metric in ORIGINAL if metric.name == OWN_AXIS]
    panels = [("High-valued", high, True), ("Low-valued", low, False), ("in nats", own, False)]
    return {
        "mean_sd": [(title, _mean_sd(scores, metrics, log)) for title, metrics, log in panels],
        "boxes": [(title, _boxes(scores, metrics, log)) for title, metrics, log in panels],
        "blocks": [_block(one, colour) for colour, one in enumerate(scores)],
        "legend": [(one.model_name, colour) for colour, one in enumerate(scores)],
    }


def _frame(metrics: Sequence[Metric]) -> Frame:
    return Frame(70 + 82 * len(metrics), 270)


def _mean_sd(scores: Sequence[Scores], metrics: Sequence[Metric], log: bool) -> str:
    spreads: dict[str, dict[str, Spread]] = {}
    for one in scores:
        rows = {short(metric): one.row(metric.name) for metric in metrics}
        spreads[one.model_name] = {
            name: Spread(row["mean"], row["sd"])
            for name, row in rows.items()
            if row.get("mean") is not None
        }
    names = [short(metric) for metric in metrics]
    return mean_sd_chart(names, spreads, name="Mean and SD", log=log, frame=_frame(metrics))


def _boxes(scores: Sequence[Scores], metrics: Sequence[Metric], log: bool) -> str:
    values = {
        one.model_name: {short(m): one.patch_values(m.name).tolist() for m in metrics}
        for one in scores
    }
    names = [short(metric) for metric in metrics]
    return box_chart(names, values, name="Boxplots", log=log, frame=_frame(metrics))


def _block(scores: Scores, colour: int) -> dict[str, Any]:
    return {
        "name": scores.model_name,
        "histograms": [
            (metric.label, _histogram(scores.patch_values(metric.name), metric, colour))
            for metric in ORIGINAL
        ],
        "cv": _cv_chart(scores, colour),
        "rows": [_table_row(scores, metric) for metric in PAIR_METRICS],
    }


def _histogram(values: np.ndarray, metric: Metric, colour: int) -> str | None:
    if len(values) < 2 or values.min() == values.max():
        return None
    counts, edges = np.histogram(values, BINS)
    mean = float(values.mean())
    return histogram(
        counts.tolist(), edges.tolist(), name=metric.label, colour=colour,
        marks=[Mark(mean, f"mean {number(mean)}")],
    )  # fmt: skip


def _cv_chart(scores: Scores, colour: int) -> str:
    names, values = [], []
    for metric in ORIGINAL:
        names.append(short(metric))
        values.append(scores.row(metric.name).get("cv_percent"))
    frame = Frame(70 + 74 * len(names), 210)
    return bar_chart(
        names, values, name="Coefficient of variation in %", frame=frame, colour=colour
    )


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
        "interval": interval(row.get("ci_low"), row.get("ci_high")),
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
