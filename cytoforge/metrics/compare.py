"""Models against each other: ranks, differences, budgets and verdicts as tables of their own."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.budgets import Budget, Cost, budgets, cost_of
from cytoforge.metrics.estimates import Subject, readers
from cytoforge.metrics.intervals import CELLS
from cytoforge.metrics.judgement import judge
from cytoforge.metrics.level_dice import MEAN_CODE
from cytoforge.metrics.metric import REAL, TRIVIAL, Metric
from cytoforge.metrics.ranking import Ranking, mean_rank, rank, table_cell
from cytoforge.metrics.score_tables import Scores
from cytoforge.metrics.verdicts import NEAR, Reason

RANKING = [
    *("dataset", "budget", "metric", "label", "unit", "better", "description"),
    *("model", "value", *CELLS, "rank", "not_different_from"),
    *(*TRIVIAL, "real", "chance", "status"),
]
DIFFERENCES = [
    *("dataset", "metric", "label", "better", "worse"),
    *("difference", "low", "high", "significant", "method"),
]
BUDGETS = ["dataset", "budget", "quantity", "value", "models"]
VERDICTS = [
    *("model", "grade", *(item.name for item in fields(Reason))),
]
MEAN_RANK = Metric("mean_rank", "Mean rank", False, "", "Mean of the ranks over all metrics.")


def compare(subjects: Sequence[Subject], confidence: float, output: Path) -> None:
    """Write ranking.csv, differences.csv, budgets.csv, costs.csv and verdicts.csv into `output`.

    ranking.csv : one row per data set of two or more models, budget ("" for all models of the data
        set), metric and model: value, what chance does to it (`interval` says whether low and high
        are a t interval, or the range of fewer than six images: nothing is ranked then), rank, the
        models that are not significantly different, and the value of each baseline. The rows of
        `mean_rank` close each group.
    differences.csv : one row per data set, metric and pair of models, the better one first
    budgets.csv : groups of models with equal images seen, or equal time
    costs.csv : one row per model: what its training cost
    verdicts.csv : one row per model and reason: its grade, and what was asked, with both numbers,
        the threshold and a sentence
    """
    costs = [cost_of(subject) for subject in subjects]
    ranks: list[list[Any]] = []
    differences: list[list[Any]] = []
    equal: list[list[Any]] = []
    for dataset, members in _by_dataset(subjects).items():
        rankings = _rankings(members, confidence)
        ranks += _rank_rows(dataset, "", members, rankings)
        differences += _difference_rows(dataset, rankings)
        names = [one.name for one in members]
        for budget in budgets([cost for cost in costs if cost.model_name in names]):
            equal.append(_budget_row(dataset, budget))
            some = [one for one in members if one.name in budget.models]
            ranks += _rank_rows(dataset, budget.name, some, _rankings(some, confidence))
    write_csv(output / "ranking.csv", RANKING, ranks)
    write_csv(output / "differences.csv", DIFFERENCES, differences)
    write_csv(output / "budgets.csv", BUDGETS, equal)
    names = ["model", *(item.name for item in fields(Cost)[1:])]
    write_csv(output / "costs.csv", names, [map(table_cell, asdict(one).values()) for one in costs])
    write_csv(output / "verdicts.csv", VERDICTS, _verdict_rows(subjects))


def _by_dataset(subjects: Sequence[Subject]) -> dict[str, list[Subject]]:
    """Return the models of each data set that two or more were trained on."""
    found: dict[str, list[Subject]] = {}
    for one in subjects:
        found.setdefault(one.dataset, []).append(one)
    return {dataset: members for dataset, members in found.items() if len(members) > 1}


def _rankings(subjects: Sequence[Subject], confidence: float) -> list[Ranking]:
    return [
        rank(metric, [read(one, confidence) for one in subjects], confidence)
        for metric, read in readers(subjects)
    ]


def _rank_rows(
    dataset: str, budget: str, subjects: Sequence[Subject], rankings: Sequence[Ranking]
) -> list[list[Any]]:
    by_name = {one.name: one.scores for one in subjects}
    rows: list[list[Any]] = []
    for ranking in rankings:
        metric = ranking.metric
        for one in ranking.estimates:
            scores, name = by_name[one.model_name], one.model_name
            others = " ".join(ranking.not_different_from(name))
            numbers = [one.value, *one.bounds.cells().values(), ranking.ranks[name]]
            chance = 100 * NEAR if metric.name == "copies" else None
            against = [baseline(scores, metric.name, side) for side in (*TRIVIAL, REAL)]
            row = [*_head(dataset, budget, metric), name, *numbers, others]
            rows.append([*map(table_cell, [*row, *against, chance]), one.status])
    for name in by_name:
        row = [*_head(dataset, budget, MEAN_RANK), name, mean_rank(rankings, name)]
        rows.append([*map(table_cell, row), *[""] * (len(RANKING) - len(row))])
    return rows


def _head(dataset: str, budget: str, metric: Metric) -> list[Any]:
    better = {True: "higher", False: "lower", None: ""}[metric.higher_is_better]
    return [
        *(dataset, budget, metric.name, metric.label, metric.unit, better),
        metric.description,
    ]


def baseline(scores: Scores, metric: str, series: str) -> float | None:
    """Return the value of a baseline, None where there is none.

    `real_vs_real` is what "real" can mean for a metric: unrelated real patches, the real image
    segmented again, or different real tiles.
    """
    real = series == REAL
    for suffix, iou in (("_f1", 0.5), ("_f1_80", 0.8)):
        if metric.endswith(suffix):
            name = metric.removesuffix(suffix)
            return scores.object_f1(name, "real" if real else series, iou).value
    if metric == "label_fidelity" and len(scores.label_fidelity):
        table = scores.label_fidelity
        wanted = (table["image"] == "all") & (table["code"] == MEAN_CODE)
        rows = table[wanted & (table["series"] == ("real" if real else series))]
        return float(rows["f1"].iloc[0]) if len(rows) else None
    if metric == "diversity" and len(scores.diversity):
        table = scores.diversity
        rows = table[(table["series"] == "real_pairs") & table["value"].notna()]
        return float(rows["value"].iloc[-1]) if real and len(rows) else None
    return scores.value(metric, series).value


def _difference_rows(dataset: str, rankings: Sequence[Ranking]) -> list[list[Any]]:
    return [
        [
            *(dataset, ranking.metric.name, ranking.metric.label, pair.first, pair.second),
            *map(table_cell, (pair.value, pair.low, pair.high, pair.significant, pair.method)),
        ]
        for ranking in rankings
        for pair in ranking.differences
    ]


def _budget_row(dataset: str, budget: Budget) -> list[Any]:
    return [
        dataset,
        budget.name,
        budget.quantity,
        table_cell(budget.value),
        " ".join(budget.models),
    ]


def _verdict_rows(subjects: Sequence[Subject]) -> list[list[Any]]:
    rows = []
    for subject in subjects:
        found = judge(subject.scores, subject.collapsed)
        head = [found.model_name, found.grade]
        rows += [[*head, *map(table_cell, asdict(one).values())] for one in found.reasons]
    return rows
