"""Part 6 of the page: models of one data set, metric by metric, ranked where chance allows."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup

from cytoforge.jobs.optional_files import real
from cytoforge.metrics.estimates import trained_with_vgg
from cytoforge.metrics.intervals import FEWEST, FEWEST_OF_SETS
from cytoforge.metrics.metric import TRIVIAL
from cytoforge.metrics.score_tables import Scores, read_bounds
from cytoforge.report.drawing import legend, panels, publish, styled
from cytoforge.report.numbers import MISSING, chance, duration, interval, number, plural
from cytoforge.report.plots import BASELINES, Dot, dots, mark, whisker_entries
from cytoforge.report.results import Results

MEAN_RANK = "mean_rank"
ARROWS = {"higher": "↑", "lower": "↓", "": ""}
MARKS = {
    **{kind: series for series, kind in TRIVIAL.items()},
    "two real sets": "real",
    "chance": "chance",
}
Row = dict[str, str]


def ranking_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return, for every data set of two or more models, ranks, pairs and budgets; and what every
    training cost. All of it is read from the tables of the comparison."""
    ranks = results.comparison("ranking")
    models = results.config["models"]
    return {
        "groups": [
            _group(results, dataset, [row for row in ranks if row["dataset"] == dataset], scores)
            for dataset in dict.fromkeys(row["dataset"] for row in ranks)
        ],
        "datasets": list(dict.fromkeys(models[one.model_name]["dataset"] for one in scores)),
        "costs": [_cost_row(row) for row in results.comparison("costs")],
        "confidence": f"{100 * results.config['metrics']['confidence']:g} %",
    }


def _group(
    results: Results, dataset: str, ranks: Sequence[Row], scores: Sequence[Scores]
) -> dict[str, Any]:
    whole = [row for row in ranks if not row["budget"]]
    names = list(dict.fromkeys(row["model"] for row in whole))
    members = [one for one in scores if one.model_name in names]
    groups = {image: group for one in members for image, group in one.groups.items()}
    noun = "test image" if all(key == value for key, value in groups.items()) else "test group"
    return {
        "dataset": dataset,
        "names": names,
        "trained_with_vgg": [
            name for name in names if trained_with_vgg(results.model_folder(name))
        ],
        "n_images": len(groups),
        "units": plural(len(set(groups.values())), noun),
        "ranked": any(row["rank"] for row in whole),
        "kinds": list(dict.fromkeys(row["interval"] for row in whole if row["interval"])),
        "fewest": FEWEST,
        "fewest_of_sets": FEWEST_OF_SETS,
        "table": _table(whole),
        "figure": ranking_figure(results, dataset, whole),
        "pairs": [
            _pair(row) for row in results.comparison("differences") if row["dataset"] == dataset
        ],
        "budgets": [
            _budget(row, names, ranks)
            for row in results.comparison("budgets")
            if row["dataset"] == dataset
        ],
    }


def _budget(budget: Row, names: Sequence[str], ranks: Sequence[Row]) -> dict[str, Any]:
    value = real(budget["value"]) or 0
    about = {
        "images_seen": f"Equal images seen: about {value:,.0f}",
        "seconds": f"Equal training time: about {duration(value)}",
    }
    return {
        "title": about[budget["quantity"]],
        "all": set(budget["models"].split()) == set(names),
        "table": _table([row for row in ranks if row["budget"] == budget["budget"]]),
    }


def _table(ranks: Sequence[Row]) -> dict[str, Any]:
    """Return one row per model, the best mean rank first; without ranks as the config has them."""
    means = {row["model"]: real(row["value"]) for row in ranks if row["metric"] == MEAN_RANK}
    order = sorted(means, key=lambda name: (means[name] is None, means[name] or 0))
    metrics = by_metric(ranks)
    return {
        "ranked": any(value is not None for value in means.values()),
        "columns": [
            {"label": rows[0]["label"], "arrow": ARROWS[rows[0]["better"]],
             "unit": rows[0]["unit"], "description": rows[0]["description"]}
            for rows in metrics
        ],
        "rows": [
            {
                "name": name,
                "mean_rank": number(means[name], 2),
                "cells": [
                    rank_cell(row) for rows in metrics for row in rows if row["model"] == name
                ],
            }
            for name in order
        ],
    }  # fmt: skip


def by_metric(ranks: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each metric, without the mean ranks."""
    rows = [row for row in ranks if row["metric"] != MEAN_RANK]
    return [list(group) for _, group in groupby(rows, key=lambda row: row["metric"])]


@styled
def ranking_figure(results: Results, dataset: str, ranks: Sequence[Row]) -> Markup:
    """Return one panel per metric: each model with its whisker and rank, and the baselines."""
    metrics = by_metric(ranks)
    figure, axes = panels(len(metrics), 3, 0.6 + 0.17 * len(metrics[0]))
    for k, (panel, rows) in enumerate(zip(axes, metrics, strict=True)):
        dots(panel, [_dot(results, row) for row in rows], names=k % 3 == 0)
        for kind, column in MARKS.items():
            known = [value for row in rows if (value := real(row[column])) is not None]
            mark(panel, float(np.mean(known)) if known else None, kind, vertical=True)
        unit = f" ({rows[0]['unit']})" if rows[0]["unit"] else ""
        panel.set_title(f"{rows[0]['label']} {ARROWS[rows[0]['better']]}{unit}")
    drawn = whisker_entries([read_bounds(row) for row in ranks])
    legend(figure, [*drawn, *((kind, BASELINES[kind]) for kind in MARKS)])
    label = f"Metrics of the models on {dataset} with {' and '.join(kind for kind, _ in drawn)}"
    return publish(figure, results.figures, f"ranking_{dataset}", label)


def _dot(results: Results, row: Row) -> Dot:
    name, value = row["model"], real(row["value"])
    return Dot(name, value, read_bounds(row), results.models.index(name), rank_text(row))


def rank_cell(row: Row) -> dict[str, Any]:
    """Return a cell of `rank_table`: the value, its interval, its rank, and who is no different."""
    others = row["not_different_from"].split()
    hint = f"not significantly different from {', '.join(others)}" if others else ""
    return {
        "text": number(real(row["value"])),
        "sort": row["value"],
        "interval": "" if row["low"] == row["high"] else chance(read_bounds(row)),
        "rank": rank_text(row),
        "first": row["rank"] == "1",
        "hint": hint if row["value"] else row["status"],
    }


def rank_text(row: Row) -> str:
    """Return a rank as shown: `2`, or `1=` where another is not significantly different.

    >>> rank_text({"rank": "1", "not_different_from": "b c"})
    '1='
    """
    if not row["rank"]:
        return ""
    return f"{row['rank']}=" if row["not_different_from"] else row["rank"]


def _pair(row: Row) -> dict[str, Any]:
    """Return what the difference of two models is and whether it is significant."""
    return {
        "metric": row["label"],
        "better": row["better"],
        "worse": row["worse"],
        "difference": number(real(row["difference"])),
        "sort": row["difference"],
        "interval": interval(real(row["low"]), real(row["high"])),
        "significant": row["significant"],
        "method": row["method"],
    }


def _cost_row(row: Row) -> dict[str, Any]:
    def count(cell: str) -> dict[str, str]:
        value = real(cell)
        return {"text": MISSING if value is None else f"{int(value):,}", "sort": cell}

    seconds = real(row["seconds"])
    time = {"text": MISSING if seconds is None else duration(seconds), "sort": row["seconds"]}
    counts = {key: count(row[key]) for key in (
        "images_seen", "steps", "batch_size", "sampled_parameters", "parameters")}  # fmt: skip
    cells = [*list(counts.values())[:3], time, *list(counts.values())[3:]]
    return {
        "name": row["model"],
        "model": f"{row['architecture']}, {row['preset']}",
        "device": row["device"] or MISSING,
        "cells": cells,
    }
