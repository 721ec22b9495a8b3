"""Part 6 of the page: models of one data set, ranked metric by metric."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup

from cytoforge.jobs.optional_files import real
from cytoforge.metrics.estimates import trained_with_vgg
from cytoforge.metrics.score_tables import Scores
from cytoforge.report.drawing import legend, panels, publish, styled
from cytoforge.report.numbers import MISSING, duration, interval, number
from cytoforge.report.plots import BASELINES, Dot, dots, mark
from cytoforge.report.results import Results

FEW_IMAGES = 6  # below, a 95 % interval says little more than that all images agree
MEAN_RANK = "mean_rank"
ARROWS = {"higher": "↑", "lower": "↓", "": ""}
MARKS = {"class means": "class_means", "real vs real": "real", "chance": "chance"}
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
    images = {
        str(image)
        for one in scores
        if one.model_name in names and len(one.pairs)
        for image in one.pairs["image"]
    }
    return {
        "dataset": dataset,
        "names": names,
        "trained_with_vgg": [
            name for name in names if trained_with_vgg(results.model_folder(name))
        ],
        "n_images": len(images),
        "few_images": len(images) < FEW_IMAGES,
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
    """Return one row per model, the best mean rank first."""
    means = {row["model"]: real(row["value"]) for row in ranks if row["metric"] == MEAN_RANK}
    order = sorted(means, key=lambda name: (means[name] is None, means[name] or 0))
    metrics = by_metric(ranks)
    return {
        "columns": [
            {"label": rows[0]["label"], "arrow": ARROWS[rows[0]["better"]],
             "unit": rows[0]["unit"], "description": rows[0]["description"]}
            for rows in metrics
        ],
        "rows": [
            {
                "name": name,
                "mean_rank": number(means[name], 2),
                "cells": [_cell(row) for rows in metrics for row in rows if row["model"] == name],
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
    """Return one panel per metric: each model with its interval and rank, and the baselines."""
    metrics = by_metric(ranks)
    figure, axes = panels(len(metrics), 3, 0.6 + 0.17 * len(metrics[0]))
    for k, (panel, rows) in enumerate(zip(axes, metrics, strict=True)):
        dots(panel, [_dot(results, row) for row in rows], names=k % 3 == 0)
        for kind, column in MARKS.items():
            known = [value for row in rows if (value := real(row[column])) is not None]
            mark(panel, float(np.mean(known)) if known else None, kind, vertical=True)
        unit = f" ({rows[0]['unit']})" if rows[0]["unit"] else ""
        panel.set_title(f"{rows[0]['label']} {ARROWS[rows[0]['better']]}{unit}")
    legend(figure, [(kind, BASELINES[kind]) for kind in MARKS])
    label = f"Metrics of the models on {dataset} with intervals and ranks"
    return publish(figure, results.figures, f"ranking_{dataset}", label)


def _dot(results: Results, row: Row) -> Dot:
    value, low, high = (real(row[key]) for key in ("value", "low", "high"))
    name = row["model"]
    return Dot(name, value, low, high, results.models.index(name), rank_text(row))


def _cell(row: Row) -> dict[str, Any]:
    others = row["not_different_from"].split()
    hint = f"not significantly different from {', '.join(others)}" if others else ""
    return {
        "text": number(real(row["value"])),
        "sort": row["value"],
        "interval": "" if row["low"] == row["high"] else _interval(row),
        "rank": rank_text(row),
        "first": row["rank"] == "1",
        "hint": hint if row["value"] else row["status"],
    }


def _interval(row: Row) -> str:
    return interval(real(row["low"]), real(row["high"]))


def rank_text(row: Row) -> str:
    """Return a rank as shown: `2`, `1=` where another is not significantly different, `(2)` by
    value alone.

    >>> rank_text({"rank": "1", "certain": "yes", "not_different_from": "b c"})
    '1='
    """
    if not row["rank"]:
        return ""
    if row["certain"] == "no":
        return f"({row['rank']})"
    return f"{row['rank']}=" if row["not_different_from"] else row["rank"]


def _pair(row: Row) -> dict[str, Any]:
    """Return what the difference of two models is and whether it is significant."""
    return {
        "metric": row["label"],
        "better": row["better"],
        "worse": row["worse"],
        "difference": number(real(row["difference"])),
        "sort": row["difference"],
        "interval": _interval(row),
        "significant": row["significant"] == "yes",
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
