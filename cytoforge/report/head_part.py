"""The top of the page: the verdict in plain words for each model, and the key figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cytoforge.jobs.optional_files import real
from cytoforge.metrics.estimates import F1
from cytoforge.metrics.intervals import FEWEST
from cytoforge.metrics.judgement import COLLAPSE
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.score_tables import BY_NAME, CLASS_MEANS, REAL, Scores, Value
from cytoforge.metrics.verdicts import F1_MARGIN
from cytoforge.report.metric_names import arrow, best_of
from cytoforge.report.numbers import chance, number
from cytoforge.report.results import Results
from cytoforge.report.synthesis_part import strips

# What decides, left to right: perception, distribution, structure, then what rewards blur.
KEY_METRICS = ("lpips_vgg", "vgg16_frechet", "fid", "ssim", "mse", "psnr")
PERCEPTION = ("lpips_vgg", "lpips_alex")
F1_OF = Metric("f1", "F1", True, "", F1)


@dataclass(frozen=True)
class Column:
    """A column of the key figures: a metric, or the F1 of one type of object."""

    metric: Metric
    read: Callable[[Scores, str], Value]


def head_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return verdicts with their strips, and the key figures."""
    pictures = strips(results)
    datasets = [results.config["models"][one.model_name]["dataset"] for one in scores]
    evidence: dict[str, list[dict[str, str]]] = {one.model_name: [] for one in scores}
    for row in results.comparison("verdicts"):
        evidence[row["model"]].append(row)
    return {
        "verdicts": [
            {
                "name": one.model_name,
                "sentence": sentence(evidence[one.model_name]),
                "state": next((row["state"] for row in evidence[one.model_name]), "unknown"),
                "strip": pictures[one.model_name],
                "levels": _levels(results, one.model_name),
            }
            for one in scores
        ],
        "best": _best(scores),
        "table": key_figures(scores, datasets),
        "one_dataset": len(set(datasets)) == 1,
        "fewest": FEWEST,
        "confidence": f"{100 * results.config['metrics']['confidence']:g} %",
        "f1_margin": f"{F1_MARGIN:.2f}",
    }  # fmt: skip


def _best(scores: Sequence[Scores]) -> str:
    """Return the model shown first: the best by perception, else the first."""
    for name in PERCEPTION:
        ranked = [(v, one.model_name) for one in scores if (v := one.value(name).value) is not None]
        if ranked:
            return min(ranked)[1]
    return scores[0].model_name


def _levels(results: Results, model_name: str) -> str:
    levels = results.config["references"][results.reference_of(model_name)]["levels"]
    return f"{levels} levels" if isinstance(levels, int) else "custom levels"


def sentence(evidence: Sequence[dict[str, str]]) -> str:
    """Return in words what the rows of a model in verdicts.csv say."""
    won: list[str] = []
    lost: list[str] = []
    objects: list[str] = []
    collapse = ""
    for row in evidence:
        if not row["metric"]:
            continue
        if row["metric"] == COLLAPSE:
            collapse = f"has {row['label']}. It "
            continue
        ours, against = real(row["value"]), real(row["baseline_value"])
        passed = row["passed"] == "yes"
        if row["baseline"] == CLASS_MEANS:
            text = f"{row['label']} ({number(ours)} vs {number(against)})"
            (won if passed else lost).append(text)
        else:
            far = "" if passed else ", too far below"
            objects.append(f"{row['label']} {number(ours)} (real {number(against)}{far})")
    parts = []
    if won:
        parts.append(f"beats the class-means baseline on {_and(won)}")
    if lost:
        parts.append(f"does not beat the class-means baseline on {_and(lost)}")
    if not parts:
        parts.append("could not be compared with the class-means baseline: no weights found")
    found = f"; F1 when segmented again: {_and(objects)}" if objects else ""
    return collapse + " but ".join(parts) + found + "."


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def key_figures(scores: Sequence[Scores], datasets: Sequence[str]) -> dict[str, Any]:
    """Return columns, and rows of the models and of the baselines.

    The best of a column is marked where all models learnt from one data set (of `datasets`, one a
    model) and its interval lies apart from all others.
    """
    columns = [column for column in _columns(scores) if _any_value(column, scores)]
    generators = [[column.read(one, "generator") for column in columns] for one in scores]
    best = [
        best_of(column.metric, [row[k] for row in generators]) if len(set(datasets)) == 1 else set()
        for k, column in enumerate(columns)
    ]
    rows = [
        {"name": one.model_name, "cells": [
            _cell(value, row in best[k]) for k, value in enumerate(values)]}
        for row, (one, values) in enumerate(zip(scores, generators, strict=True))
    ]  # fmt: skip
    return {
        "columns": [
            {"label": column.metric.label, "arrow": arrow(column.metric),
             "unit": column.metric.unit, "description": column.metric.description}
            for column in columns
        ],
        "rows": rows,
        "baselines": [*_baseline_rows(columns, scores, CLASS_MEANS, "class means"),
                   *_baseline_rows(columns, scores, REAL, "real vs real")],
    }  # fmt: skip


def _columns(scores: Sequence[Scores]) -> list[Column]:
    def metric_reader(name: str) -> Callable[[Scores, str], Value]:
        return lambda scores, series: scores.value(name, series)

    def object_reader(name: str) -> Callable[[Scores, str], Value]:
        # The real images' own re-segmentation is what "real" can mean here.
        return lambda scores, series: scores.object_f1(name, "real" if series == REAL else series)

    objects = dict.fromkeys(name for one in scores for name in one.objects())
    return [
        *(Column(BY_NAME[name], metric_reader(name)) for name in KEY_METRICS),
        *(
            Column(replace(F1_OF, label=f"{name.capitalize()} F1"), object_reader(name))
            for name in objects
        ),
    ]


def _any_value(column: Column, scores: Sequence[Scores]) -> bool:
    return any(column.read(one, "generator").value is not None for one in scores)


def _baseline_rows(
    columns: Sequence[Column], scores: Sequence[Scores], series: str, name: str
) -> list[dict[str, Any]]:
    """Return one row per model, or one row for all where they agree."""
    rows = [[column.read(one, series) for column in columns] for one in scores]
    if all(row == rows[0] for row in rows):
        return [{"name": name, "cells": [_cell(value) for value in rows[0]]}]
    return [
        {"name": f"{name}, {one.model_name}", "cells": [_cell(value) for value in row]}
        for one, row in zip(scores, rows, strict=True)
    ]


def _cell(value: Value, best: bool = False) -> dict[str, Any]:
    return {
        "text": number(value.value),
        "sort": "" if value.value is None else repr(value.value),
        "interval": chance(value.bounds),
        "status": "" if value.value is not None else value.status,
        "best": best,
    }
