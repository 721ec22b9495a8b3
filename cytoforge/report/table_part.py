"""Part 7d of the page: tables of sets, levels, morphology and re-segmentation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cytoforge.metrics.metric import GENERATOR, REAL, TRIVIAL
from cytoforge.metrics.registry import SET_METRICS
from cytoforge.metrics.score_tables import BY_NAME, Scores, read_bounds
from cytoforge.report.metric_names import arrow
from cytoforge.report.numbers import MISSING, chance, number

Table = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A cell: its text, what it is sorted by, and whether it is a figure."""

    text: str
    sort: str
    numeric: bool = False


CHANCE = "interval, or values of the images"
SERIES_ORDER = {GENERATOR: "synthetic", **TRIVIAL, REAL: "two real sets"}
RESEGMENTED_ORDER = {"real": "real image", GENERATOR: "synthetic", **TRIVIAL}


def table_part(scores: Sequence[Scores], reasons: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Return the tables, each with its heads, rows of cells.

    reasons : the rows of verdicts.csv
    """
    return {
        "sets": [_set_row(one, series) for one in scores for series in SERIES_ORDER],
        "set_metrics": [(m.label, arrow(m), m.description) for m in SET_METRICS],
        "skipped": _skipped(scores),
        "reasons": reasons,
        "notes": list(dict.fromkeys(n for one in scores for n in one.extra.get("notes", ()))),
        "levels": [(one.model_name, _levels(one)) for one in scores if len(one.levels)],
        "calibration": [
            (one.model_name, _calibration(one)) for one in scores if len(one.intensity_calibration)
        ],
        "morphology": [(one.model_name, _morphology(one)) for one in scores if len(one.morphology)],
        "resegmentation": [
            (one.model_name, table)
            for one in scores
            if len(one.resegmentation) and (table := _resegmentation(one))["rows"]
        ],
    }


def _set_row(scores: Scores, series: str) -> dict[str, Any]:
    values = [scores.value(metric.name, series) for metric in SET_METRICS]
    return {
        "model": scores.model_name,
        "series": SERIES_ORDER[series],
        "baseline": series != GENERATOR,
        "cells": [
            {
                "text": number(value.value) if value.value is not None else "skipped",
                "sort": "" if value.value is None else repr(value.value),
                "interval": chance(value.bounds),
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
                    label = BY_NAME[str(row["metric"])].label
                    if label not in metrics:
                        metrics.append(label)
        for status in _resegmentation_skipped(one):
            from_tables.setdefault(status, ["re-segmentation"])
    return [(", ".join(metrics), status) for status, metrics in from_tables.items()]


def _resegmentation_skipped(scores: Scores) -> list[str]:
    if "status" not in scores.resegmentation:
        return []
    found = scores.resegmentation["status"].dropna().astype(str).unique()
    return [status for status in found if status.startswith("skipped")]


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(value, value)
    if value is None or pd.isna(value):
        return Cell(number(None), "", numeric=True)
    whole = float(value).is_integer()
    text = f"{int(value):,}" if whole else number(float(value))
    return Cell(text, repr(float(value)), numeric=True)


def with_chance(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a column `chance`: the interval, or the values of a few units."""
    words = [chance(read_bounds(row)) or MISSING for row in table.to_dict("records")]
    return table.assign(chance=words)


def series_table(
    table: pd.DataFrame, group_by: Sequence[str], columns: dict[str, str], order: dict[str, str]
) -> Table:
    """Return a table with the series of one group (a level, a property) in neighbouring rows."""
    known = {key: head for key, head in columns.items() if key in table}
    rows: list[dict[str, Any]] = []
    for _, group in table.groupby(list(group_by), sort=False):
        by_series = {row["series"]: row for row in group.to_dict("records")}
        for series, label in order.items():
            if series in by_series:
                row = {**by_series[series], "series": label}
                cells = [_cell(row[key]) for key in known]
                rows.append({"baseline": series != GENERATOR, "cells": cells})
    numeric = [cell.numeric for cell in rows[0]["cells"]] if rows else [False] * len(known)
    return {"heads": list(zip(known.values(), numeric, strict=True)), "rows": rows}


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
    table = scores.levels.assign(level=scores.levels["level"].str.replace("_", " "))
    return series_table(table, ("code", "channel"), columns, SERIES_ORDER)


def _calibration(scores: Scores) -> Table:
    columns = {
        "channel": "channel",
        "series": "compared",
        "n": "pairs",
        "real_mean": "real mean",
        "mean": "mean",
        "ratio": "mean / real mean",
        "error_factor": "off by a factor of",
        "real_sd": "real SD",
        "sd": "SD",
        "sd_ratio": "SD / real SD",
    }
    table = scores.intensity_calibration
    return series_table(table[table["image"] == "all"], ("channel",), columns, SERIES_ORDER)


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
        "other_real_sd": "from other real cells, in SDs",
    }
    table = scores.morphology.assign(property=scores.morphology["property"].map(_property))
    return series_table(table, ("property",), columns, SERIES_ORDER)


def _property(name: str) -> str:
    """Return a cell property in words.

    >>> _property("nucleus_area_px"), _property("intensity_dna")
    ('nucleus area in px', 'intensity in dna')
    """
    for prefix in ("mean_", "intensity_"):
        if name.startswith(prefix):
            return f"intensity in {name.removeprefix(prefix)}"
    return name.replace("_px", " in px").replace("_", " ")


def _resegmentation(scores: Scores) -> Table:
    columns = {
        "object": "object",
        "series": "segmented image",
        "f1": "F1 at IoU 0.5",
        "f1_80": "F1 at IoU 0.8",
        "chance": CHANCE,
        "precision": "precision",
        "recall": "recall",
        "dice": "Dice",
        "tp": "found",
        "fp": "extra",
        "fn": "missed",
    }
    table = scores.resegmentation[scores.resegmentation["image"] == "all"]
    return series_table(with_chance(table), ("object",), columns, RESEGMENTED_ORDER)
