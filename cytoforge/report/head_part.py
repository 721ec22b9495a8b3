"""The top of the page: a verdict in plain words for each model, and the key figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cytoforge.metrics.registry import Metric
from cytoforge.report.numbers import interval, number
from cytoforge.report.results import Results
from cytoforge.report.scores import BY_NAME, CLASS_MEANS, REAL, Scores, Value, arrow, better
from cytoforge.report.synthesis_part import strips

# What decides, left to right: perception, distribution, structure, then what rewards blur.
KEY_METRICS = ("lpips_vgg", "vgg16_frechet", "fid", "ssim", "mse", "psnr")
PERCEPTUAL = ("lpips_vgg", "lpips_alex")
DISTRIBUTION = ("vgg16_frechet", "fid")
F1_MARGIN = 0.10
F1 = Metric("f1", "F1", True, "", "Objects of the label map found again by the same segmenter.")


@dataclass(frozen=True)
class Column:
    """A column of the key figures: a metric, or re-segmentation of one kind of object."""

    metric: Metric
    read: Callable[[Scores, str], Value]


def head_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return verdicts with their strips, and the key figures."""
    pictures = strips(results)
    return {
        "verdicts": [
            {**verdict(one), "name": one.model_name, "strip": pictures[one.model_name],
             "levels": _levels(results, one.model_name)}
            for one in scores
        ],
        "best": _best(scores),
        "table": key_figures(scores),
        "confidence": f"{100 * results.config['metrics']['confidence']:g} %",
    }  # fmt: skip


def _best(scores: Sequence[Scores]) -> str:
    """Return the model shown first: the best by perception, else the first."""
    for name in PERCEPTUAL:
        ranked = [(v, one.model_name) for one in scores if (v := one.value(name).value) is not None]
        if ranked:
            return min(ranked)[1]
    return scores[0].model_name


def _levels(results: Results, model_name: str) -> str:
    levels = results.config["references"][results.reference_of(model_name)]["levels"]
    return f"{levels} levels" if isinstance(levels, int) else "custom levels"


def verdict(scores: Scores) -> dict[str, Any]:
    """Return `state` (good, mixed, bad or unknown) and a sentence saying what the guards say."""
    won: list[str] = []
    lost: list[str] = []
    for names in (PERCEPTUAL, DISTRIBUTION):
        for name in names:
            ours, flat = scores.value(name), scores.value(name, CLASS_MEANS)
            if ours.value is not None and flat.value is not None:
                label = BY_NAME[name].label.split(" (")[0]
                text = f"{label} ({number(ours.value)} vs {number(flat.value)})"
                (won if ours.value < flat.value else lost).append(text)
                break
    parts = []
    if won:
        parts.append(f"beats the class-means baseline on {_and(won)}")
    if lost:
        parts.append(f"does not beat the class-means baseline on {_and(lost)}")
    if not parts:
        parts.append("could not be held against the class-means baseline: no weights found")
    found, near = _found_again(scores)
    sentence = " but ".join(parts) + (f"; {found}" if found else "") + "."
    if not won and not lost:
        state = "unknown"
    elif won and not lost and near is not False:
        state = "good"
    else:
        state = "mixed" if won else "bad"
    return {"sentence": sentence, "state": state}


def _found_again(scores: Scores) -> tuple[str, bool | None]:
    """Return a clause on re-segmentation, and whether every F1 is near the real images' own."""
    clauses, near = [], []
    for name in ("nuclei", "cells"):
        ours, real = scores.found_again(name), scores.found_again(name, "real")
        if ours.value is not None and real.value is not None:
            near.append(ours.value >= real.value - F1_MARGIN)
            far = "" if near[-1] else ", too far below"
            clauses.append(f"{name} {ours.value:.2f} (real {real.value:.2f}{far})")
    if not clauses:
        return "", None
    return f"F1 when segmented again: {_and(clauses)}", all(near)


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def key_figures(scores: Sequence[Scores]) -> dict[str, Any]:
    """Return columns, and rows of the models and of the guards; the best are marked."""
    columns = [column for column in _columns() if _any_value(column, scores)]
    generators = [[column.read(one, "generator") for column in columns] for one in scores]
    best = [
        better(column.metric, [row[k].value for row in generators])
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
        "guards": [*_guard_rows(columns, scores, CLASS_MEANS, "class means"),
                   *_guard_rows(columns, scores, REAL, "real vs real")],
    }  # fmt: skip


def _columns() -> list[Column]:
    def metric_reader(name: str) -> Callable[[Scores, str], Value]:
        return lambda scores, series: scores.value(name, series)

    def object_reader(name: str) -> Callable[[Scores, str], Value]:
        # The real images' own re-segmentation is what "real" can mean here.
        return lambda scores, series: scores.found_again(name, "real" if series == REAL else series)

    return [
        *(Column(BY_NAME[name], metric_reader(name)) for name in KEY_METRICS),
        *(
            Column(replace(F1, label=f"{name.capitalize()} F1"), object_reader(name))
            for name in ("nuclei", "cells")
        ),
    ]


def _any_value(column: Column, scores: Sequence[Scores]) -> bool:
    return any(column.read(one, "generator").value is not None for one in scores)


def _guard_rows(
    columns: Sequence[Column], scores: Sequence[Scores], series: str, name: str
) -> list[dict[str, Any]]:
    """Return a row a model, or one row for all where they agree."""
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
        "interval": interval(value.low, value.high),
        "status": "" if value.value is not None else value.status,
        "best": best,
    }
