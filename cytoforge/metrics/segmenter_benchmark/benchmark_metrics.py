"""The scores of a benchmark: what each is, and how it is made of the counts of all fields.

Objects: F1, AP, PQ and AJI are means over fields, as papers report them; F1 is also pooled over all
objects, so that a field of three nuclei does not weigh as much as one of 300. AP at an IoU is
TP / (TP + FP + FN), as the Data Science Bowl 2018, StarDist and Cellpose have it, and no area under
a curve. SEG is that of the Cell Tracking Challenge (Maška et al. 2014,
10.1093/bioinformatics/btu080): over all true objects. Split and merged objects are counted per 100
true ones.

Pixels, whichever object they belong to: precision, recall, F1, and the mean of the IoU of
foreground and background, of all pixels together. The figures of the original benchmark show these
four, and call precision "AP".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cytoforge.metrics.intervals import MEAN, POOLED_F1, Pooled, bounds, f1, jackknife, mean_sums
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.point_scores import PRECISION, RECALL
from cytoforge.metrics.ranking import Estimate
from cytoforge.metrics.segmenter_benchmark.field_counts import THRESHOLDS, FieldCounts

FRACTION = Pooled(MEAN.of, MEAN.size, 0.0, 1.0)
PER_HUNDRED = Pooled(lambda sums: 100 * MEAN.of(sums), MEAN.size, 0.0)
OBJECTS, PIXELS = "objects", "pixels"
FINDS_NONE = "skipped: finds no such objects"
"""What is said of a segmenter that finds other objects."""


@dataclass(frozen=True)
class BenchmarkMetric:
    """A score of segmenters.

    Attributes
    ----------
    family : `objects` or `pixels`
    of_field : a field's numbers; of a mean its value, NaN where it has none; else what is summed
    statistic : made of sums over fields; None: the mean of the fields' values
    """

    metric: Metric
    family: str
    of_field: Callable[[FieldCounts], np.ndarray]
    statistic: Pooled | None = None


def average_precision(errors: np.ndarray) -> np.ndarray:
    """Return TP / (TP + FP + FN) of counts (..., 3); 1 where there is nothing and nothing is found.

    >>> average_precision(np.array([[2.0, 1, 1], [0, 0, 0]])).tolist()
    [0.5, 1.0]
    """
    total = errors.sum(-1)
    return np.where(total > 0, errors[..., 0] / np.maximum(total, 1), 1.0)


def intersection_over_union(pixels: np.ndarray) -> np.ndarray:
    """Return TP / (TP + FP + FN) of pixel counts (..., 4); NaN where there are none."""
    total = pixels[..., :3].sum(-1)
    return np.where(total > 0, pixels[..., 0] / np.where(total > 0, total, 1), np.nan)


def mean_iou(pixels: np.ndarray) -> np.ndarray:
    """Return the mean of the IoU of foreground and background of TP, FP, FN, TN (..., 4).

    2 of 4 foreground pixels found, 1 invented, and 3 of the ground right:

    >>> float(mean_iou(np.array([2.0, 1, 2, 3])))
    0.45
    """
    return (intersection_over_union(pixels) + intersection_over_union(pixels[..., ::-1])) / 2


def _pixels(counts: FieldCounts) -> np.ndarray:
    four = (counts.pixel_tp, counts.pixel_fp, counts.pixel_fn, counts.pixel_tn)
    return np.array(four, np.float64)


def _three_pixels(counts: FieldCounts) -> np.ndarray:
    return _pixels(counts)[:3]


def _objects(
    name: str, label: str, says: str, of_field: Callable[[FieldCounts], Any]
) -> BenchmarkMetric:
    metric = Metric(name, label, True, "", says)
    return BenchmarkMetric(metric, OBJECTS, lambda counts: np.asarray(float(of_field(counts))))


def _per_hundred(name: str, says: str) -> BenchmarkMetric:
    metric = Metric(name, name.capitalize(), False, "per 100", says)
    return BenchmarkMetric(
        metric,
        OBJECTS,
        lambda counts: np.array([getattr(counts, name), counts.n_true], np.float64),
        PER_HUNDRED,
    )


def _of_pixels(
    name: str, label: str, says: str, statistic: Pooled, parts: int = 3
) -> BenchmarkMetric:
    metric = Metric(f"pixel_{name}", label, True, "", says, original=name != "iou")
    return BenchmarkMetric(metric, PIXELS, _three_pixels if parts == 3 else _pixels, statistic)


_ALL = Pooled(mean_iou, lambda sums: sums.sum(-1), 0.0, 1.0)
_UNION = Pooled(intersection_over_union, lambda sums: sums[..., :3].sum(-1), 0.0, 1.0)
METRICS = (
    _objects(
        "f1", "F1", "Objects matched at IoU 0.5, mean over fields.", lambda c: f1(c.errors[0])
    ),
    BenchmarkMetric(
        Metric("f1_pooled", "F1, pooled", True, "", "The same over all objects of all fields."),
        OBJECTS,
        lambda counts: counts.errors[0],
        POOLED_F1,
    ),
    _objects(
        "ap",
        "AP",
        "TP / (TP + FP + FN), mean over IoU 0.5, 0.55 … 0.95 and over fields.",
        lambda counts: average_precision(counts.errors).mean(),
    ),
    _objects("pq", "PQ", "Panoptic quality, mean over fields.", lambda counts: counts.pq),
    _objects("aji", "AJI", "Aggregated Jaccard index, mean over fields.", lambda c: c.aji),
    _objects("aji_plus", "AJI+", "The same, with one partner each.", lambda c: c.aji_plus),
    BenchmarkMetric(
        Metric(
            "seg",
            "SEG",
            True,
            "",
            "IoU with the found object that covers more than half of a true one, 0 where none does;"
            " mean over all true objects (Cell Tracking Challenge).",
        ),
        OBJECTS,
        lambda counts: np.array([counts.seg_sum, counts.n_true], np.float64),
        FRACTION,
    ),
    _per_hundred("split", "True objects in which several found ones lie, per 100 true ones."),
    _per_hundred("merged", "Found objects in which several true ones lie, per 100 true ones."),
    _of_pixels("precision", "Precision", 'What the original figures call "AP".', PRECISION),
    _of_pixels("recall", "Recall", "Of the true foreground, found.", RECALL),
    _of_pixels("f1", "F1", "Of the foreground: Dice.", POOLED_F1),
    _of_pixels("iou", "IoU", "Of the foreground.", _UNION, 4),
    _of_pixels("miou", "Mean IoU", "Of foreground and background.", _ALL, 4),
)
"""All scores in the order of tables; the first ranks segmenters."""
BY_NAME = {one.metric.name: one for one in METRICS}


def of_threshold(name: str, place: int) -> BenchmarkMetric:
    """Return `f1` or `ap` at one of `THRESHOLDS`, mean over fields."""
    measure = {"f1": f1, "ap": average_precision}[name]
    label = f"{name.upper()} at {THRESHOLDS[place]}"
    return _objects(name, label, "", lambda counts: float(measure(counts.errors[place])))


def estimate(
    one: BenchmarkMetric,
    segmenter: str,
    counts: Sequence[FieldCounts],
    units: np.ndarray,
    confidence: float,
    noun: str = "image",
) -> Estimate:
    """Return a segmenter's value of one score, with what chance does to it.

    Parameters
    ----------
    counts : of each field; units : what was drawn independently, (n,); noun : what a unit is called
    """
    numbers = np.stack([one.of_field(field) for field in counts])
    statistic = one.statistic or FRACTION
    if one.statistic is None:
        known = np.isfinite(numbers)  # a field without any object has no score
        if not known.any():
            return Estimate(segmenter, status="no field has an object")
        sums, names = mean_sums(numbers[known], units[known]), np.unique(units[known])
    else:
        names, unit = np.unique(units, return_inverse=True)
        sums = np.stack([numbers[unit == k].sum(0) for k in range(len(names))])
    counted = statistic.size(sums) > 0
    sums, names = sums[counted], names[counted]
    value = float(statistic.of(sums.sum(0))) if len(sums) else float("nan")
    if not np.isfinite(value):
        return Estimate(segmenter, status="nothing to divide by")
    found = bounds(sums, statistic, confidence, noun)
    paired = jackknife(sums, statistic) if found.certain else None
    return Estimate(segmenter, value, found, paired, tuple(names.tolist()))
