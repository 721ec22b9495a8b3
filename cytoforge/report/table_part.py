"""Part 6d of the page: tables of sets, levels, morphology and re-segmentation."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cytoforge.metrics.registry import SET_METRICS
from cytoforge.report.numbers import interval, number
from cytoforge.report.scores import CLASS_MEANS, GENERATOR, REAL, Scores, arrow

Table = dict[str, Any]
SERIES_ORDER = {GENERATOR: "synthetic", CLASS_MEANS: "class means", REAL: "real vs real"}
AGAIN_ORDER = {"real": "real image", GENERATOR: "synthetic", CLASS_MEANS: "class means"}


def table_part(scores: Sequence[Scores]) -> dict[str, Any]:
    """Return the tables, each with its heads, rows of (text, sort key) cells."""
    return {
        "sets": [_set_row(one, series) for one in scores for series in SERIES_ORDER],
        "set_metrics": [(m.label, arrow(m), m.description) for m in SET_METRICS],
        "skipped": _skipped(scores),
        "verdicts": [(one.experiment, one.extra.get("verdicts", [])) for one in scores],
        "notes": list(dict.fromkeys(n for one in scores for n in one.extra.get("notes", ()))),
        "levels": [(one.experiment, _levels(one)) for one in scores if len(one.levels)],
        "morphology": [
            (one.experiment, _morphology(one)) for one in scores if len(one.morphology)
        ],
        "again": [
            (one.experiment, _again(one)) for one in scores if len(one.resegmentation)
        ],
    }


def _set_row(scores: Scores, series: str) -> dict[str, Any]:
    values = [scores.value(metric.name, series) for metric in SET_METRICS]
    return {
        "experiment": scores.experiment,
        "series": SERIES_ORDER[series],
        "guard": series != GENERATOR,
        "cells": [
            {
                "text": number(value.value) if value.value is not None else "skipped",
                "sort": "" if value.value is None else repr(value.value),
                "interval": interval(value.low, value.high),
                "status": "" if value.value is not None else value.status,
            }
            for value in values
        ],
    }


def _skipped(scores: Sequence[Scores]) -> list[tuple[str, str]]:
    """Return each reason for a missing metric once, with the labels of the metrics it concerns."""
    from_tables: dict[str, list[str]] = {}
    for one in scores:
        for table in (one.summary, one.sets):
            for row in table.to_dict("records"):
                status = str(row.get("status", ""))
                if row["series"] == GENERATOR and status.startswith("skipped"):
                    metrics = from_tables.setdefault(status, [])
                    if row["metric"] not in metrics:
                        metrics.append(str(row["metric"]))
        for status in _again_skipped(one):
            from_tables.setdefault(status, ["re-segmentation"])
    return [(", ".join(metrics), status) for status, metrics in from_tables.items()]


def _again_skipped(scores: Scores) -> list[str]:
    if "status" not in scores.resegmentation:
        return []
    found = scores.resegmentation["status"].dropna().astype(str).unique()
    return [status for status in found if status.startswith("skipped")]


def _cell(value: Any) -> tuple[str, str]:
    """Return a cell's text and what it is sorted by."""
    if isinstance(value, str):
        return value, value
    if value is None or pd.isna(value):
        return number(None), ""
    if float(value).is_integer():
        return f"{int(value):,}", repr(float(value))
    return number(float(value)), repr(float(value))


def _rows(
    table: pd.DataFrame, columns: Mapping[str, str], order: Mapping[str, str]
) -> list[list[tuple[str, str]]]:
    """Return the rows of the series in their order, cells of the wanted columns."""
    rows = []
    for series, label in order.items():
        for row in table[table["series"] == series].to_dict("records"):
            rows.append(
                [_cell(label if key == "series" else row.get(key)) for key in columns]
            )
    return rows


def _table(table: pd.DataFrame, columns: dict[str, str], order: Mapping[str, str]) -> Table:
    known = {key: head for key, head in columns.items() if key in table}
    return {"heads": list(known.values()), "rows": _rows(table, known, order)}


def _levels(scores: Scores) -> Table:
    columns = {
        "level": "level",
        "channel": "channel",
        "series": "compared",
        "real_mean": "real mean",
        "series_mean": "mean",
        "real_sd": "real SD",
        "series_sd": "SD",
        "real_gradient_energy": "real gradient energy",
        "series_gradient_energy": "gradient energy",
        "wasserstein": "Wasserstein distance",
    }
    table = scores.levels.copy()
    table["place"] = range(len(table))
    # Side by side: the three series of one level and channel in neighbouring rows.
    keys = table.groupby(["code", "channel"], sort=False).ngroup()
    ordered = [
        _table(table[keys == k], columns, SERIES_ORDER) for k in sorted(keys.unique())
    ]
    return {"heads": ordered[0]["heads"], "rows": [r for part in ordered for r in part["rows"]]}


def _morphology(scores: Scores) -> Table:
    columns = {
        "property": "property",
        "series": "compared",
        "n_real": "real cells",
        "n": "cells",
        "real_mean": "real mean",
        "mean": "mean",
        "wasserstein": "Wasserstein distance",
        "wasserstein_sd": "in SDs of real",
        "ks": "KS distance",
    }
    table = scores.morphology
    keys = list(dict.fromkeys(table["property"]))
    ordered = [_table(table[table["property"] == key], columns, SERIES_ORDER) for key in keys]
    heads = ordered[0]["heads"] if ordered else []
    return {"heads": heads, "rows": [r for part in ordered for r in part["rows"]]}


def _again(scores: Scores) -> Table:
    columns = {
        "object": "object",
        "series": "segmented image",
        "f1": "F1 at IoU 0.5",
        "precision": "precision",
        "recall": "recall",
        "dice": "Dice",
        "tp": "found",
        "fp": "extra",
        "fn": "missed",
    }
    table = scores.resegmentation
    table = table[table["image"] == "all"]
    keys = list(dict.fromkeys(table["object"])) if len(table) else []
    ordered = [_table(table[table["object"] == key], columns, AGAIN_ORDER) for key in keys]
    heads = ordered[0]["heads"] if ordered else []
    return {"heads": heads, "rows": [r for part in ordered for r in part["rows"]]}
