"""Part 3b of the page: whether drawn label maps look like real ones, beside their baselines.

Everything is read from `results/map_quality/<set>/`, as `write_map_quality` wrote it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.report.map_figure import correlation_figure, distance_figure
from cytoforge.report.map_sources_table import JudgedSet, nearer_sentences, sources_table
from cytoforge.report.numbers import chance, number
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.results import Results, read_rgb

FOLDER = "map_quality"
CLASSES = "classes"
ANSWERS = {"nearer": ("yes", "nearer"), "alike": ("open", "alike"), "farther": ("no", "farther")}
"""Of a row: the badge, and its word, for whether it is nearer to real than uniform placement."""


def map_part(results: Results) -> dict[str, Any]:
    """Return what the page says of drawn label maps: all sources side by side, and a block per set
    that was judged, with verdicts, pictures, figures and tables. Empty where none was."""
    found = {
        name: told
        for name in results.config["sets"]
        if (told := results.root / FOLDER / name / "map_quality.json").is_file()
    }
    if not found:
        return {}
    judged = [_judged(results, name, path) for name, path in found.items()]
    return {
        "sources": sources_table(judged),
        "sentences": nearer_sentences(judged),
        "blocks": [
            _block(results, one, path) for one, path in zip(judged, found.values(), strict=True)
        ],
    }


def _judged(results: Results, name: str, path: Path) -> JudgedSet:
    told, table = read_json(path) or {}, _table(path.with_name("distances.csv"))
    source = results.config["sets"][name].get("maps_by") or "the user's own maps"
    return JudgedSet(name, source, table, told["series"], told["against_uniform"])


def _block(results: Results, judged: JudgedSet, path: Path) -> dict[str, Any]:
    told, name, table = read_json(path) or {}, judged.name, judged.table
    curves = _table(path.with_name("pair_correlation.csv"))
    families = list(dict.fromkeys(table["family"]))
    return {
        "name": name,
        "source": judged.source,
        "settings": told["settings"],
        "series": told["series"],
        "dropped": number(told["dropped"]) if told["dropped"] is not None else "",
        "verdicts": [_verdict(one) for one in told["verdicts"]],
        "strips": [_strip(path.parent, row) for row in told["strips"]],
        "figure": distance_figure(results.figures, name, table, told["series"]),
        "curves": _curves(results.figures, name, curves, told["series"]),
        "tables": [
            _family(table[table["family"] == one], one, told["series"], told["against_uniform"])
            for one in families
        ],
        "copies": _copies(_table(path.with_name("copies.csv")), told["series"]),
    }


def _curves(
    figures: Path, name: str, curves: pd.DataFrame, series: Mapping[str, str]
) -> Markup | None:
    return correlation_figure(figures, name, curves, series) if len(curves) else None


def _table(path: Path) -> pd.DataFrame:
    # Names such as "NA" are names; what is missing is an empty cell.
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def _verdict(verdict: Mapping[str, Any]) -> dict[str, str]:
    state = {True: "yes", False: "no", None: "open"}[verdict["passed"]]
    words = {"yes": "yes", "no": "no", "open": "cannot be answered"}[state]
    return {"name": verdict["name"], "state": state, "answer": words, "text": verdict["text"]}


def _strip(folder: Path, row: Sequence[Mapping[str, str]]) -> list[Picture]:
    """Return the pictures of a row: squares of one side out of a map of each kind."""
    pictures = []
    for one in row:
        rgb = read_rgb(folder / one["file"])
        if rgb is not None:
            pictures.append(photo(rgb, f"Label map, {one['title']}", title=one["title"]))
    return pictures


def _family(
    table: pd.DataFrame, family: str, series: Mapping[str, str], answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return a row per measure: its mean on either side, and the distance of every series."""
    rows = []
    for measure, part in table.groupby("measure", sort=False):
        by_series = {str(row["series"]): row for row in part.to_dict("records")}
        first = next(iter(by_series.values()))
        state, word = ANSWERS.get(answers.get(str(measure), ""), ("", ""))
        rows.append({
            "label": first["label"],
            "unit": _text(first["unit"]),
            "means": [_plain(first["real_mean"]), _plain(first["mean"])],
            "cells": [_cell(by_series.get(name, {})) for name in series],
            "state": state,
            "answer": word,
        })  # fmt: skip
    heading = "Classes" if family == CLASSES else family.replace("_", " ").capitalize()
    return {"heading": heading, "heads": list(series.values()), "rows": rows}


def _cell(row: Mapping[Any, Any]) -> dict[str, str]:
    if not row or pd.isna(row["value"]):
        return {"text": "–", "sort": "", "interval": "", "status": _text(row.get("status"))}
    return {**_plain(row["value"]), "interval": chance(read_bounds(row)), "status": ""}


def _plain(value: Any) -> dict[str, str]:
    known = None if pd.isna(value) else float(value)
    return {"text": number(known), "sort": "" if known is None else repr(known)}


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _copies(table: pd.DataFrame, series: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a row per series: how alike the nearest training window of its windows is."""
    rows = []
    for name, part in table.groupby("series", sort=False):
        kappa, equal, held = part["kappa"], part["equal"], part["held_out_kappa"]
        rows.append({
            "name": series.get(str(name), "held-out real maps"),
            "n": len(part),
            "cells": [
                _plain(v)
                for v in (kappa.median(), held.median(), kappa.max(), 100 * equal.median())
            ],
        })  # fmt: skip
    return rows
