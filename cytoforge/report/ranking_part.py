"""Part 6 of the page: models that share a data set, ranked figure by figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cytoforge.report.budgets import Cost, budgets, cost_of
from cytoforge.report.charts import Mark
from cytoforge.report.figures import MEAN_LEVEL, NEAR, Resampling, readers, taught_by_vgg
from cytoforge.report.interval_chart import Line, interval_chart
from cytoforge.report.numbers import MISSING, duration, interval, number
from cytoforge.report.ranking import Figure, Ranking, mean_rank, rank
from cytoforge.report.results import Results
from cytoforge.report.scores import CLASS_MEANS, REAL, Scores, arrow

FEW_IMAGES = 6  # below, a 95 % interval says little more than that all images agree


def ranking_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return, for every data set of two or more models, figures with ranks, pairs and budgets;
    and what every training cost."""
    costs = [cost_of(results, one.model_name) for one in scores]
    by_dataset: dict[str, list[Scores]] = {}
    for one in scores:
        dataset = results.config["models"][one.model_name]["dataset"]
        by_dataset.setdefault(dataset, []).append(one)
    groups = [
        _group(results, dataset, members, costs)
        for dataset, members in by_dataset.items()
        if len(members) > 1
    ]
    return {
        "groups": groups,
        "datasets": list(by_dataset),
        "costs": [_cost_row(cost) for cost in costs],
        "confidence": f"{100 * results.config['metrics']['confidence']:g} %",
    }


def _group(
    results: Results, dataset: str, scores: Sequence[Scores], costs: Sequence[Cost]
) -> dict[str, Any]:
    names = [one.model_name for one in scores]
    rankings = _rankings(results, scores)
    images = {str(i) for one in scores if len(one.pairs) for i in one.pairs["image"]}
    equal = budgets([cost for cost in costs if cost.model_name in names])
    return {
        "dataset": dataset,
        "names": names,
        "taught_by_vgg": [name for name in names if taught_by_vgg(results, name)],
        "n_images": len(images),
        "few_images": len(images) < FEW_IMAGES,
        "table": _table(rankings, names),
        "charts": [(_title(r), _chart(results, scores, r)) for r in rankings],
        "pairs": [row for ranking in rankings for row in _pairs(ranking)],
        "budgets": [
            {
                "title": budget.title,
                "all": set(budget.models) == set(names),
                "table": _table(
                    _rankings(results, [s for s in scores if s.model_name in budget.models]),
                    budget.models,
                ),
            }
            for budget in equal
        ],
    }


def _rankings(results: Results, scores: Sequence[Scores]) -> list[Ranking]:
    metrics = results.config["metrics"]
    how = Resampling(metrics["bootstrap"], metrics["confidence"], results.config["seed"])
    return [
        rank(metric, [read(one, how) for one in scores], how.confidence)
        for metric, read in readers(results, scores)
    ]


def _table(rankings: Sequence[Ranking], names: Sequence[str]) -> dict[str, Any]:
    """Return a row a model, the best mean rank first."""
    means = {name: mean_rank(rankings, name) for name in names}
    order = sorted(names, key=lambda name: (means[name] is None, means[name] or 0))
    by_name = [{one.model_name: one for one in ranking.figures} for ranking in rankings]
    return {
        "columns": [
            {"label": r.metric.label, "arrow": arrow(r.metric), "unit": r.metric.unit,
             "description": r.metric.description}
            for r in rankings
        ],
        "rows": [
            {
                "name": name,
                "mean_rank": number(means[name], 2),
                "cells": [
                    _cell(ranking, figures[name])
                    for ranking, figures in zip(rankings, by_name, strict=True)
                ],
            }
            for name in order
        ],
    }  # fmt: skip


def _cell(ranking: Ranking, figure: Figure) -> dict[str, Any]:
    like = ranking.like(figure.model_name)
    place = ranking.ranks[figure.model_name]
    hint = f"not told apart from {', '.join(like)}" if like else ""
    return {
        "text": number(figure.value),
        "sort": "" if figure.value is None else repr(figure.value),
        "interval": "" if figure.low == figure.high else interval(figure.low, figure.high),
        "rank": rank_text(ranking, figure.model_name),
        "first": place == 1,
        "hint": figure.status if figure.value is None else hint,
    }


def rank_text(ranking: Ranking, model_name: str) -> str:
    """Return a rank as shown: `2`, `1=` where another is not told apart, `(2)` by value alone."""
    place = ranking.ranks[model_name]
    if place is None:
        return ""
    if not ranking.sure:
        return f"({place})"
    return f"{place}=" if ranking.like(model_name) else str(place)


def _title(ranking: Ranking) -> str:
    unit = f" ({ranking.metric.unit})" if ranking.metric.unit else ""
    return f"{ranking.metric.label} {arrow(ranking.metric)}{unit}"


def _chart(results: Results, scores: Sequence[Scores], ranking: Ranking) -> str:
    lines = [
        Line(
            one.model_name,
            one.value,
            one.low,
            one.high,
            results.models.index(one.model_name),
            rank_text(ranking, one.model_name),
        )
        for one in ranking.figures
    ]
    return interval_chart(lines, name=ranking.metric.label, marks=_marks(scores, ranking))


def _marks(scores: Sequence[Scores], ranking: Ranking) -> list[Mark | None]:
    """Return the guards of a figure (means over models): class means, then real; None where
    there is none, so that each keeps its stroke."""
    name = ranking.metric.name
    if name == "copies":
        return [Mark(100 * NEAR, "chance")]
    marks: list[Mark | None] = []
    for series, label in ((CLASS_MEANS, "class means"), (REAL, "real")):
        values = [_guard(one, name, series) for one in scores]
        known = [value for value in values if value is not None and np.isfinite(value)]
        marks.append(Mark(float(np.mean(known)), label) if known else None)
    return marks


def _guard(scores: Scores, metric: str, series: str) -> float | None:
    real = series == REAL
    if metric.endswith("_f1"):
        name = metric.removesuffix("_f1")
        return scores.found_again(name, "real" if real else series).value
    if metric == "controllability" and len(scores.controllability):
        table = scores.controllability
        wanted = (table["image"] == "all") & (table["code"] == MEAN_LEVEL)
        rows = table[wanted & (table["series"] == ("real" if real else series))]
        return float(rows["f1"].iloc[0]) if len(rows) else None
    if metric == "diversity" and len(scores.diversity):
        table = scores.diversity
        rows = table[(table["series"] == "real_pairs") & table["value"].notna()]
        return float(rows["value"].iloc[-1]) if real and len(rows) else None
    return scores.value(metric, series).value


def _pairs(ranking: Ranking) -> list[dict[str, Any]]:
    """Return a row a pair of models: what the difference is and whether it is told apart."""
    return [
        {
            "metric": ranking.metric.label,
            "better": pair.first,
            "worse": pair.second,
            "difference": number(pair.value),
            "sort": repr(pair.value),
            "interval": interval(pair.low, pair.high),
            "apart": pair.apart,
            "how": pair.how,
        }
        for pair in ranking.differences
    ]


def _cost_row(cost: Cost) -> dict[str, Any]:
    def count(value: float | None) -> dict[str, str]:
        return {
            "text": MISSING if value is None else f"{int(value):,}",
            "sort": "" if value is None else repr(value),
        }

    return {
        "name": cost.model_name,
        "model": f"{cost.model}, {cost.preset}",
        "device": cost.device,
        "cells": [
            count(cost.images_seen),
            count(cost.steps),
            count(cost.batch_size),
            {
                "text": MISSING if cost.seconds is None else duration(cost.seconds),
                "sort": "" if cost.seconds is None else repr(cost.seconds),
            },
            count(cost.generator),
            count(cost.parameters),
        ],
    }
