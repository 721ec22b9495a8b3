"""Part of the page on utility: whether a segmenter that learns from synthetic images is as good.

Everything is read from `results/utility/<name>/`, as `metrics.utility.weigh` wrote it.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.intervals import CELLS
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.metrics.utility.tile_statistics import FEWEST_GREY_VALUES
from cytoforge.report.numbers import chance, duration, interval, number
from cytoforge.report.results import Results
from cytoforge.report.utility_figure import draw_curve

FOLDER = "utility"
TABLES = ("scores", "curve", "tiles")
STATES = {True: "yes", False: "no", None: "open"}
ANSWERS = {"yes": "yes", "no": "no", "open": "cannot be answered"}
# Methods whose objects people have drawn; of others the page says that they are no such truth.
BY_HAND = ("labels",)


def utility_part(results: Results) -> list[dict[str, Any]]:
    """Return a block per comparison that was made: answers, curve and table."""
    return [
        _block(results, name, folder)
        for name in results.config.get(FOLDER, {})
        if ((folder := results.root / FOLDER / name) / "utility.json").is_file()
    ]


def _block(results: Results, name: str, folder: Path) -> dict[str, Any]:
    told = read_json(folder / "utility.json")
    scores, curve, tiles = (_table(folder / f"{table}.csv") for table in TABLES)
    inside = set(curve["row"])
    marks = [row for row in scores.to_dict("records") if row["row"] not in inside]
    drawn = draw_curve(curve, marks, results.figures, f"utility_{name}")
    settings = told["settings"]
    return {
        "name": name,
        "answer": told["answer"],
        "settings": settings,
        "by_hand": settings["truth_method"] in BY_HAND,
        "cpu": duration(settings["cpu_seconds"]),
        "each": duration(settings["cpu_seconds"] / settings["trainings"]),
        "verdicts": [_verdict(one) for one in told["verdicts"]],
        "curve": drawn,
        "differs": {kind: text for kind, text in told["differs"].items() if text},
        "tiles": _tiles(tiles),
        "rows": [_row(row, told["costs"][row["row"]]) for row in scores.to_dict("records")],
    }


def _table(path: Path) -> pd.DataFrame:
    # A few units have values with blanks between, one has a number: text in any case.
    words = dict.fromkeys(("row", "unit_values", "ahead_unit_values"), str)
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=words)


def _tiles(table: pd.DataFrame) -> dict[str, Any]:
    """Return what training tiles look like: a row per measure, a column per kind."""
    kinds = list(dict.fromkeys(table["kind"]))
    rows = []
    for (measure, channel), part in table.fillna({"channel": ""}).groupby(
        ["measure", "channel"], sort=False
    ):
        known = part.set_index("kind")
        cells = [
            {
                "text": number(_known(known.loc[kind, "value"])),
                "small": _beside(known, kind, kinds[0]),
            }
            for kind in kinds
        ]
        rows.append({"name": f"{measure} {channel}".strip(), "cells": cells})
    return {"heads": kinds, "rows": rows}


def _beside(known: pd.DataFrame, kind: str, real: str) -> str:
    """Return what stands below a value: how many times the real one it is, or how few grey values
    it is where that would be mostly rounding."""
    few = _known(known.loc[real, "grey_values"])
    if few is not None and few < FEWEST_GREY_VALUES:
        grey = _known(known.loc[kind, "grey_values"])
        return "" if grey is None else f"{number(grey, 2)} grey values"
    return "" if kind == real else f"× {number(_known(known.loc[kind, 'times_real']))}"


def _verdict(verdict: dict[str, Any]) -> dict[str, str]:
    state = STATES[verdict["passed"]]
    answer = ANSWERS[state]
    return {"name": verdict["name"], "state": state, "answer": answer, "text": verdict["text"]}


def _row(row: dict[Any, Any], costs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the cells of a row of training."""
    ahead = read_bounds({key: row[f"ahead_{key}"] for key in CELLS})
    others = row["synthetic_tiles"] + row["rerendered_tiles"]
    return {
        "name": row["words"],
        "baseline": row["row"] == "real_100",
        "real_tiles": f"{row['real_tiles']:.0f}",
        "real_mpx": number(row["real_px"] / 1e6),
        "other_tiles": f"{others:.0f}",
        "f1": {
            "text": number(row["f1"]),
            "sort": repr(row["f1"]),
            "small": chance(read_bounds(row)),
        },
        "seeds": interval(row["f1_least_seed"], row["f1_greatest_seed"]),
        "ap": number(row["ap"]),
        "ahead": {"text": number(_known(row["ahead"])), "small": chance(ahead)},
        "cpu": duration(sum(one["cpu_seconds"] for one in costs) / len(costs)),
    }


def _known(value: Any) -> float | None:
    return None if value is None or value == "" or pd.isna(value) else float(value)
