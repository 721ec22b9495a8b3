"""Part 5c of the page: translations between stains, beside their baselines, and what they are for.

Everything is read from `results/translation/<set>/`, as `write_translation` wrote it.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from cytoforge.images.ome import read_image
from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.metrics.translation.photo_files import rgb_of
from cytoforge.report.metric_names import arrow
from cytoforge.report.numbers import chance, number
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.results import Results

FOLDER = "translation"
HEADINGS = {
    "structure": "Structure: what is kept",
    "distribution": "Distribution: how near the made images are to real ones",
    "stain": "Stain: what is positive, and how dense",
    "quality": "Against the real image of the same place",
    "task": "Task: nuclei found, against true points",
}
"""Families in the order of the page."""
PICTURES = {"source": "source", "made": "translated", "real": "real"}
MAX_ROWS = 3  # of pictures
PICTURE_PX = 512  # longest side
# A metric of thresholds has a table of its own; among the others it stands with one of them.
SWEPT = "stain"


def stain_part(results: Results) -> list[dict[str, Any]]:
    """Return a block per translated set that was scored: verdicts, pictures and tables."""
    return [
        _block(name, told)
        for name in (*results.config["models"], *results.config["sets"])
        if (told := results.root / FOLDER / name / "translation.json").is_file()
    ]


def _block(name: str, path: Path) -> dict[str, Any]:
    told = read_json(path) or {}
    scores = _table(path.with_name("scores.csv"))
    series = told["series"]
    positive = f"{told['settings']['positive']:g}"
    shown = scores[(scores["family"] != SWEPT) | scores["variant"].isin(["", positive])]
    families = {
        family: [Metric(**metric) for metric in metrics]
        for family, metrics in told["metrics"].items()
    }
    tables = [
        _family(shown[shown["family"] == family], families[family], series, heading)
        for family, heading in HEADINGS.items()
    ]
    return {
        "name": name,
        "settings": told["settings"],
        "residual": _residual(told["settings"]),
        "verdicts": [_verdict(one) for one in told["verdicts"]],
        "strips": [_strip(row) for row in told["strip"][:MAX_ROWS]],
        "tables": [table for table in tables if table["rows"]],
        "thresholds": _thresholds(scores[scores["family"] == SWEPT], families[SWEPT], series),
        "detour": _detour(_table(path.with_name("detour.csv"))),
        "gates": _gates(_table(path.with_name("points.csv")), series),
        "skipped": _skipped(shown, families),
    }


def _table(path: Path) -> pd.DataFrame:
    # Names such as "NA" are names, and a threshold is a name here.
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"variant": str}).fillna(
        {"variant": ""}
    )


def _verdict(verdict: dict[str, Any]) -> dict[str, str]:
    state = {True: "yes", False: "no", None: "open"}[verdict["passed"]]
    words = {"yes": "yes", "no": "no", "open": "cannot be answered"}[state]
    return {"name": verdict["name"], "state": state, "answer": words, "text": verdict["text"]}


def _residual(settings: dict[str, Any]) -> str:
    """Return how far partners are still apart after registration; "" where none was laid onto its
    field."""
    left = sorted(settings.get("residual_px", {}).values())
    if not left:
        return ""
    return (
        "Real partners were turned and moved onto their fields, and compared where they show them:"
        f" {median(left):.1f} px are left between them (median; at most {left[-1]:.1f} px)."
    )


def _strip(row: dict[str, str]) -> list[Picture]:
    """Return source, translation and a real field side by side, in the camera's own colours."""
    pictures = []
    for key, title in PICTURES.items():
        if row.get(key):
            image = read_image(Path(row[key]))
            alt = f"{title.capitalize()}: {image.name}"
            picture = photo(rgb_of(image), alt, title=title, longest_px=PICTURE_PX)
            pictures.append(picture)
    return pictures


def _family(
    scores: pd.DataFrame, metrics: Sequence[Metric], series: dict[str, str], heading: str
) -> dict[str, Any]:
    """Return a row per series and a column per metric and variant that any series has."""
    known = scores[scores["status"] == "ok"]
    columns = [
        (metric, variant)
        for metric in metrics
        for variant in dict.fromkeys(known.loc[known["metric"] == metric.name, "variant"])
    ]
    rows = [
        {
            "name": words,
            "baseline": name != next(iter(series)),
            "cells": [_cell(scores, metric, variant, name) for metric, variant in columns],
        }
        for name, words in series.items()
    ]
    heads = [
        {
            "label": metric.label,
            "arrow": arrow(metric),
            "small": ", ".join(filter(None, (variant, metric.unit))),
            "asks": metric.description,
        }
        for metric, variant in columns
    ]
    return {"heading": heading, "heads": heads, "rows": rows if columns else []}


def _cell(scores: pd.DataFrame, metric: Metric, variant: str, series: str) -> dict[str, str]:
    wanted = (scores["metric"] == metric.name) & (scores["series"] == series)
    rows = scores[wanted & scores["variant"].isin([variant, ""])].to_dict("records")
    row = next((one for one in rows if one["variant"] == variant), rows[0] if rows else {})
    value = row.get("value")
    if value is None or pd.isna(value):
        return {"text": "–", "sort": "", "interval": "", "status": str(row.get("status", ""))}
    interval = chance(read_bounds(row))
    return {"text": number(value), "sort": repr(value), "interval": interval, "status": ""}


def _thresholds(
    scores: pd.DataFrame, metrics: Sequence[Metric], series: dict[str, str]
) -> dict[str, Any]:
    """Return the metrics of DAB's mask over the thresholds: a row per series and metric."""
    known = scores[(scores["status"] == "ok") & (scores["variant"] != "")]
    levels = sorted(dict.fromkeys(known["variant"]), key=float)
    rows = [
        {
            "name": words,
            "label": f"{metric.label} {arrow(metric)}",
            "cells": [_cell(known, metric, level, name) for level in levels],
        }
        for metric in metrics
        for name, words in series.items()
        if ((known["metric"] == metric.name) & (known["series"] == name)).any()
    ]
    return {"heads": levels, "rows": rows}


def _detour(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of the question whether the detour pays."""
    rows = []
    for row in table.to_dict("records"):
        names = ("precision", "recall", "f1", "difference", "pq", "aji", "dice")
        cells = {name: number(_known(row.get(name))) for name in names}
        own: dict[str, Any] = {str(name): value for name, value in row.items()}
        rows.append({**own, **cells, "chance": chance(read_bounds(row))})
    return rows


def _gates(table: pd.DataFrame, series: dict[str, str]) -> dict[str, Any]:
    """Return F1 over the gates: a row per series and segmenter, all units together."""
    if not len(table):
        return {"heads": [], "rows": []}
    pooled = table[table["unit"].astype(str) == "all"]
    gates = sorted(set(pooled["gate"]))
    rows = []
    for (name, segmenter), part in pooled.groupby(["series", "segmenter"], sort=False):
        values = dict(zip(part["gate"], part["f1"], strict=True))
        cells = [number(_known(values.get(gate))) for gate in gates]
        rows.append({"name": series[str(name)], "segmenter": segmenter, "cells": cells})
    unit = str(pooled["gate_unit"].iloc[0])
    return {"heads": [f"{gate:g} {unit}" for gate in gates], "rows": rows}


def _skipped(scores: pd.DataFrame, families: dict[str, list[Metric]]) -> list[tuple[str, str]]:
    """Return each reason why a value is missing, with the labels of the metrics."""
    labels = {metric.name: metric.label for family in families.values() for metric in family}
    missing = scores[scores["status"].str.startswith("skipped")]
    found: dict[str, list[str]] = {}
    for metric, status in zip(missing["metric"], missing["status"], strict=True):
        known = found.setdefault(status, [])
        if labels[metric] not in known:
            known.append(labels[metric])
    return [(", ".join(names), status) for status, names in found.items()]


def _known(value: Any) -> float | None:
    return None if value is None or value == "" or pd.isna(value) else float(value)
