"""The top of the page: the verdict in plain words for each model, and the key figures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cytoforge.metrics.estimates import F1
from cytoforge.metrics.intervals import FEWEST
from cytoforge.metrics.metric import REAL, TRIVIAL, Metric
from cytoforge.metrics.score_tables import BY_NAME, Scores, Value
from cytoforge.metrics.verdicts import (
    BETTER,
    F1_MARGIN,
    GAP_SHARE,
    MANIFOLD_SHARE,
    NOT_JUDGED,
    NOT_USABLE,
    PERCEPTION,
    USABLE,
    gap_closed,
)
from cytoforge.report.metric_names import arrow, best_of
from cytoforge.report.numbers import chance, number
from cytoforge.report.results import Results
from cytoforge.report.synthesis_part import strips
from cytoforge.split.region import Region

# What decides, left to right: what is made looks real and what is real is made (where measured),
# distribution, perception, objects; last what rewards blur.
LEADING = {
    "precision": "How many synthetic patches lie among the real ones.",
    "recall": "How many real patches lie among the synthetic ones.",
}
KEY_METRICS = ("vgg16_frechet", "fid", "lpips_vgg")
# A Fréchet distance of few patches tells mostly how few they are: the kernel distance beside it.
# 2,048 is what Heusel et al. 2017 ask for: as many as Inception has features.
KERNEL_OF = {"vgg16_frechet": "vgg16_kernel", "fid": "kid"}
ENOUGH_PATCHES = 2048
BLUR_METRICS = ("ssim", "mse", "psnr")
STATES = {USABLE: "good", BETTER: "mixed", NOT_USABLE: "bad", NOT_JUDGED: "unknown"}
OPENINGS = {
    USABLE: "is near two real sets in all that was asked",
    BETTER: "is nearer to the real images than both trivial baselines, but not near enough to stand"
    " in for them",
    NOT_USABLE: "misses what any model has to reach",
    NOT_JUDGED: "cannot be judged, since something is missing",
}
# Of a baseline's value: LPIPS of other real places once was 0.581 and of class means 0.582, and a
# model at 0.360 closed 356 times the gap.
LEAST_GAP = 0.05
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
                **verdict(evidence[one.model_name]),
                "strip": pictures[one.model_name],
                "levels": _levels(results, one.model_name),
            }
            for one in scores
        ],
        "best": _best(scores),
        "table": key_figures(scores, datasets),
        "one_dataset": len(set(datasets)) == 1,
        "only_source": only_source(results.regions),
        "fewest": FEWEST,
        "confidence": f"{100 * results.config['metrics']['confidence']:g} %",
        "f1_margin": f"{F1_MARGIN:.2f}",
        "gap_share": f"{GAP_SHARE:.2f}",
        "manifold_share": f"{MANIFOLD_SHARE:.2f}",
    }  # fmt: skip


def only_source(regions: Sequence[Region]) -> str:
    """Return the source of all test regions where it is one, seen in training too, else ""."""
    tested = {region.group for region in regions if region.split == "test"}
    seen = {region.group for region in regions if region.split == "train"}
    return next(iter(tested)) if len(tested) == 1 and tested <= seen else ""


def _best(scores: Sequence[Scores]) -> str:
    """Return the model shown first: the best by perception, else the first."""
    for name in PERCEPTION:
        ranked = [(v, one.model_name) for one in scores if (v := one.value(name).value) is not None]
        if ranked:
            return min(ranked)[1]
    return scores[0].model_name


def _levels(results: Results, model_name: str) -> str:
    reference = results.config["references"][results.reference_of(model_name)]
    if "column" in reference:
        return "own classes"
    levels = reference["levels"]
    n_levels = levels if isinstance(levels, int) else len(levels)
    return f"{n_levels} levels"


def verdict(reasons: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Return the grade, its sentence and the reasons that decide it, of a model's rows in
    verdicts.csv: what was missed, or not measured; of a usable model all that was reached."""
    grade = reasons[0]["grade"] if reasons else NOT_JUDGED
    asked = [row for row in reasons if grade != NOT_USABLE or row["asked_for"] == BETTER]
    wanted = {USABLE: "yes", NOT_JUDGED: ""}.get(grade, "no")
    return {
        "grade": grade,
        "state": STATES[grade],
        "sentence": OPENINGS[grade],
        "reasons": [row["text"] for row in asked if row["passed"] == wanted],
    }


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
        "baselines": [
            row
            for series, name in (*TRIVIAL.items(), (REAL, "two real sets"))
            for row in _baseline_rows(columns, scores, series, name)
        ],
        "gap": [
            {"name": one.model_name, "cells": [_cell(gap_share(column, one)) for column in columns]}
            for one in scores
        ],
    }  # fmt: skip


def gap_share(column: Column, scores: Scores) -> Value:
    """Return the share of the gap between the better trivial baseline and real images that a model
    closes; none where that baseline is no worse than they, or by too little to divide by."""
    sign = 1 if column.metric.higher_is_better else -1
    known = [v for series in TRIVIAL if (v := column.read(scores, series).value) is not None]
    ours, real = (column.read(scores, series).value for series in ("generator", REAL))
    if ours is None or real is None or not known:
        return Value()
    flat = max(known, key=lambda value: sign * value)
    if sign * (real - flat) <= LEAST_GAP * abs(flat):
        return Value(status="no gap: a trivial baseline is about as good as real images")
    return Value(gap_closed(flat, ours, real))


def _columns(scores: Sequence[Scores]) -> list[Column]:
    def metric_reader(name: str) -> Callable[[Scores, str], Value]:
        return lambda scores, series: scores.value(name, series)

    objects = dict.fromkeys(name for one in scores for name in one.objects())
    return [
        *_leading(scores),
        *(Column(BY_NAME[name], metric_reader(name)) for name in _key_metrics(scores)),
        *(_object_column(name, iou) for name in objects for iou in (0.5, 0.8)),
        *(Column(BY_NAME[name], metric_reader(name)) for name in BLUR_METRICS),
    ]


def _key_metrics(scores: Sequence[Scores]) -> Iterator[str]:
    counts = [n for one in scores if "n_real" in one.sets for n in one.sets["n_real"].dropna()]
    few = any(n < ENOUGH_PATCHES for n in counts)
    for name in KEY_METRICS:
        yield name
        if few and name in KERNEL_OF:
            yield KERNEL_OF[name]


def _leading(scores: Sequence[Scores]) -> list[Column]:
    """Return the columns that lead the page: the measures of realism that judge a model."""

    def reader(name: str) -> Callable[[Scores, str], Value]:
        return lambda scores, series: scores.measure(name, series)

    return [
        Column(Metric(name, name.capitalize(), True, "", words), reader(name))
        for name, words in LEADING.items()
    ]


def _object_column(name: str, iou: float) -> Column:
    def read(scores: Scores, series: str) -> Value:
        # The real images' own re-segmentation is what "real" can mean here.
        return scores.object_f1(name, "real" if series == REAL else series, iou)

    label = f"{name.capitalize()} F1" + ("" if iou == 0.5 else f" at IoU {iou}")
    return Column(replace(F1_OF, label=label, description=F1.replace("0.5", str(iou))), read)


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
