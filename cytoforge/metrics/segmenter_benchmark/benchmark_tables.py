"""Tables of a benchmark: scores, the fields behind them, ranks, and differences of all pairs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.intervals import CELLS, f1
from cytoforge.metrics.ranking import Estimate, Ranking, rank, table_cell
from cytoforge.metrics.segmenter_benchmark.benchmark_metrics import (
    FINDS_NONE,
    METRICS,
    BenchmarkMetric,
    average_precision,
    estimate,
    of_threshold,
)
from cytoforge.metrics.segmenter_benchmark.field_counts import THRESHOLDS, FieldCounts

SCORES = ["object", "segmenter", "metric", "iou", "value", *CELLS, "n", "n_units", "status"]
RANKING = [
    *("object", "metric", "family", "label", "unit", "better", "description"),
    *("segmenter", "value", *CELLS, "rank", "not_different_from", "status"),
]
DIFFERENCES = [
    *("object", "metric", "label", "better", "worse"),
    *("difference", "low", "high", "significant", "method"),
]


@dataclass(frozen=True)
class ScoredField:
    """What one segmenter found in one field, counted.

    Attributes
    ----------
    image : name of the image, with its place where an image has several fields
    unit : what was drawn independently: the image, or what the split keeps together
    status : why nothing was found, or nothing could be; "" where all went well
    """

    image: str
    unit: str
    counts: FieldCounts
    status: str = ""


Scored = Mapping[str, Mapping[str, Sequence[ScoredField]]]
"""Fields by object and segmenter; none of a segmenter that does not find such objects."""


def write_benchmark(
    folder: Path, scored: Scored, skipped: Mapping[str, str], confidence: float, noun: str
) -> None:
    """Write scores.csv, images.csv, ranking.csv and differences.csv into `folder`.

    scores.csv : one row per object, segmenter, metric and, of F1 and AP, IoU: the value and what
        chance does to it
    images.csv : one row per object, segmenter and field: counts, and the scores of that field
    ranking.csv : the values again with their ranks, in the manner of the comparison of generators
    differences.csv : one row per object, metric and pair of segmenters, the better one first

    skipped : segmenters that could not run, with why
    """
    rankings = {
        name: [_ranked(one, found, skipped, confidence, noun) for one in METRICS]
        for name, found in scored.items()
    }
    write_csv(folder / "scores.csv", SCORES, _score_rows(scored, rankings, confidence, noun))
    write_csv(folder / "images.csv", *_image_table(scored))
    write_csv(folder / "ranking.csv", RANKING, _rank_rows(rankings))
    write_csv(folder / "differences.csv", DIFFERENCES, _difference_rows(rankings))


def _ranked(
    one: BenchmarkMetric,
    found: Mapping[str, Sequence[ScoredField]],
    skipped: Mapping[str, str],
    confidence: float,
    noun: str,
) -> Ranking:
    estimates = [_estimate(one, name, fields, confidence, noun) for name, fields in found.items()]
    estimates += [Estimate(name, status=f"skipped: {why}") for name, why in skipped.items()]
    return rank(one.metric, estimates, confidence)


def _estimate(
    one: BenchmarkMetric, name: str, fields: Sequence[ScoredField], confidence: float, noun: str
) -> Estimate:
    if not fields:
        return Estimate(name, status=FINDS_NONE)
    units = np.array([field.unit for field in fields], str)
    return estimate(one, name, [field.counts for field in fields], units, confidence, noun)


def _score_rows(
    scored: Scored, rankings: Mapping[str, Sequence[Ranking]], confidence: float, noun: str
) -> Iterator[list[Any]]:
    for name, found in scored.items():
        for ranking in rankings[name]:
            for one in ranking.estimates:
                fields = found.get(one.model_name, ())
                yield [name, one.model_name, ranking.metric.name, "", *_numbers(one, fields)]
        for segmenter, fields in found.items():
            for metric in ("f1", "ap"):
                for place, iou in enumerate(THRESHOLDS):
                    at = of_threshold(metric, place)
                    one = _estimate(at, segmenter, fields, confidence, noun)
                    yield [name, segmenter, metric, iou, *_numbers(one, fields)]


def _numbers(one: Estimate, fields: Sequence[ScoredField]) -> list[Any]:
    cells = [table_cell(one.value), *map(table_cell, one.bounds.cells().values())]
    return [*cells, len(fields), len({field.unit for field in fields}), one.status]


def _image_table(scored: Scored) -> tuple[list[str], list[list[Any]]]:
    columns: list[str] = []
    rows = []
    for name, found in scored.items():
        for segmenter, fields in found.items():
            for field in fields:
                told = field.counts.cells() | _of_field(field.counts)
                columns = columns or list(told)
                head = [name, segmenter, field.image, field.unit]
                rows.append([*head, *map(table_cell, told.values()), field.status])
    return ["object", "segmenter", "image", "unit", *columns, "status"], rows


def _of_field(counts: FieldCounts) -> dict[str, float]:
    """Return the scores of one field that its counts do not name."""
    errors = counts.errors
    with_objects = max(counts.n_true, 1)
    pixels = {
        one.metric.name: float(one.statistic.of(one.of_field(counts)))
        for one in METRICS
        if one.family == "pixels" and one.statistic
    }
    return {
        "f1": float(f1(errors[0])),
        "ap": float(average_precision(errors).mean()),
        "seg": counts.seg_sum / with_objects if counts.n_true else float("nan"),
        **pixels,
    }


def _rank_rows(rankings: Mapping[str, Sequence[Ranking]]) -> Iterator[list[Any]]:
    for name, of_object in rankings.items():
        for family, ranking in zip((m.family for m in METRICS), of_object, strict=True):
            metric = ranking.metric
            better = "higher" if metric.higher_is_better else "lower"
            head = [name, metric.name, family, metric.label, metric.unit, better]
            for one in ranking.estimates:
                others = " ".join(ranking.not_different_from(one.model_name))
                numbers = [one.value, *one.bounds.cells().values(), ranking.ranks[one.model_name]]
                own = [one.model_name, *map(table_cell, numbers), others, one.status]
                yield [*head, metric.description, *own]


def _difference_rows(rankings: Mapping[str, Sequence[Ranking]]) -> Iterator[list[Any]]:
    for name, of_object in rankings.items():
        for ranking in of_object:
            for pair in ranking.differences:
                head = [name, ranking.metric.name, ranking.metric.label, pair.first, pair.second]
                numbers = (pair.value, pair.low, pair.high, pair.significant)
                yield [*head, *map(table_cell, numbers), pair.method]
