"""Instance labels of several images against the true ones: one table, with what chance does.

Dice, AJI, AJI+, DQ, SQ and PQ are means over images, as papers report them; PQ and F1 are also
pooled over all objects, so that an image with three nuclei does not weigh as much as one with 300.
With classes: bPQ, mPQ, PQ of each class, and the F1 of detection and of each class that HoVer-Net
is reported by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import CELLS, NO_BOUNDS, POOLED_F1, Bounds, Pooled, bounds
from cytoforge.metrics.point_scores import DEFAULT_PX, DEFAULT_UM
from cytoforge.metrics.statistics import mean_bounds
from cytoforge.segmentation.centroid_matching import centroids, match_points
from cytoforge.segmentation.instance_classes import (
    ClassedField,
    class_counts,
    class_f1,
    pannuke_scores,
)
from cytoforge.segmentation.panoptic import NAMES, instance_scores, panoptic

COLUMNS = ("metric", "class", "value", *CELLS, "n", "n_units")
IOU = 0.5
POOLED_PQ = Pooled(panoptic, lambda sums: sums[..., :3] @ np.array([1.0, 0.5, 0.5]), 0.0, 1.0)
CLASS_F1 = Pooled(class_f1, lambda counts: counts @ np.array([2.0, 2.0, 1.0]), 0.0, 1.0)


@dataclass(frozen=True)
class InstanceField:
    """One image: instance labels and classes of both sides, what was drawn independently, and the
    size of a pixel in µm, None where it is not known."""

    labels: ClassedField
    unit: str
    pixel_size_um: float | None = None


def instance_table(
    fields: Sequence[InstanceField],
    classes: Mapping[int, str] | None = None,
    confidence: float = 0.95,
    noun: str = "image",
) -> pd.DataFrame:
    """Return one row per metric, and per class where there are any.

    Columns: metric, class (its name, "" for all), value, the cells of `Bounds`, n (images that the
    value comes from), n_units.

    Parameters
    ----------
    classes : names by code; without them objects have no classes
    """
    units = np.array([field.unit for field in fields], str)
    scores = [instance_scores(f.labels.truth, f.labels.found, IOU) for f in fields]
    rows = []
    for name in NAMES:
        values = np.array([getattr(one, name) for one in scores])
        known = np.isfinite(values)  # an image without any object has no score
        rows.append(_mean_row(name, values[known], units[known], confidence, noun))
    counts = np.array([[one.tp, one.fp, one.fn, one.iou_sum] for one in scores], np.float64)
    rows.append(_pooled_row("pq_pooled", "", counts, units, POOLED_PQ, confidence, noun))
    rows.append(_pooled_row("f1", "", counts[:, :3], units, POOLED_F1, confidence, noun))
    if classes:
        rows += _class_rows(fields, classes, units, confidence, noun)
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _class_rows(
    fields: Sequence[InstanceField],
    classes: Mapping[int, str],
    units: np.ndarray,
    confidence: float,
    noun: str,
) -> list[dict[str, Any]]:
    found = pannuke_scores([field.labels for field in fields], list(classes))
    n = found.n_images - found.n_empty
    rows = [_row("bpq", "", found.bpq, n, units), _row("mpq", "", found.mpq, n, units)]
    rows += [
        _row("pq", classes[code], value, found.n_of_class[code], units)
        for code, value in found.by_class.items()
    ]
    matched = [_matched(field) for field in fields]
    detected = np.array([one.counts for one, _, _ in matched])
    rows.append(_pooled_row("f1_detected", "", detected, units, POOLED_F1, confidence, noun))
    for code, name in classes.items():
        counts = np.array([class_counts(a, b, one.pairs, code) for one, a, b in matched])
        rows.append(_pooled_row("f1_class", name, counts, units, CLASS_F1, confidence, noun))
    return rows


def _matched(field: InstanceField) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the partners of the centroids, and the classes of both sides in their order."""
    labels, size = field.labels, field.pixel_size_um
    gate = DEFAULT_UM / size if size else DEFAULT_PX
    matching = match_points(centroids(labels.truth), centroids(labels.found), gate)
    true, found = (np.unique(side) for side in (labels.truth, labels.found))
    return matching, labels.true_classes[true[true > 0]], labels.found_classes[found[found > 0]]


def _mean_row(
    metric: str, values: np.ndarray, units: np.ndarray, confidence: float, noun: str
) -> dict[str, Any]:
    if not len(values):
        return _row(metric, "", float("nan"), 0, units)
    chance = mean_bounds(values, units, False, confidence, noun)
    return _row(metric, "", float(values.mean()), len(values), units, chance)


def _pooled_row(
    metric: str,
    name: str,
    counts: np.ndarray,
    units: np.ndarray,
    statistic: Pooled,
    confidence: float,
    noun: str,
) -> dict[str, Any]:
    sums = np.array([counts[units == unit].sum(0) for unit in np.unique(units)])
    chance = bounds(sums, statistic, confidence, noun)
    return _row(metric, name, float(statistic.of(counts.sum(0))), len(counts), units, chance)


def _row(
    metric: str, name: str, value: float, n: int, units: np.ndarray, chance: Bounds = NO_BOUNDS
) -> dict[str, Any]:
    row: dict[str, Any] = {"metric": metric, "class": name, "value": value, **chance.cells()}
    return row | {"n": n, "n_units": len(np.unique(units))}
