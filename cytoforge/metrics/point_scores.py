"""Detection of nuclei as points: precision, recall, F1 over gates, pooled and per patient; AP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import CELLS, POOLED_F1, Pooled, bounds, f1
from cytoforge.segmentation.centroid_matching import counts_inside, match_points

GATES_UM = (1.0, 2.0, 3.0, 4.0, 6.0)
"""Gates of a sweep. 3 µm is what the project that scored EndoNuke had fixed: 12 px of 0.25 µm."""
GATES_PX = (4.0, 8.0, 12.0, 16.0, 24.0)
"""The same where the size of a pixel is not known."""
DEFAULT_UM, DEFAULT_PX = 3.0, 12.0
COLUMNS = ("unit", "gate", "tp", "fp", "fn", "precision", "recall", "f1", "f1_without_edge")


@dataclass(frozen=True)
class PointField:
    """Points of one field, true and found, all lengths in one unit (µm, or px).

    Attributes
    ----------
    unit : what was drawn independently: the patient, slide or image
    truth, found : (n, 2) and (m, 2), row and column
    confidence : of each found point, (m,); None where a method has none
    shape : height and width of the field; None where it is not known
    """

    unit: str
    truth: np.ndarray
    found: np.ndarray
    confidence: np.ndarray | None = None
    shape: tuple[float, float] | None = None


def precision(counts: np.ndarray) -> np.ndarray:
    """Return tp / (tp + fp) of counts (..., 3); NaN where nothing was found."""
    return _ratio(counts[..., 0], counts[..., 0] + counts[..., 1])


def recall(counts: np.ndarray) -> np.ndarray:
    """Return tp / (tp + fn) of counts (..., 3); NaN where there is nothing to find."""
    return _ratio(counts[..., 0], counts[..., 0] + counts[..., 2])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


PRECISION = Pooled(precision, lambda counts: counts[..., 0] + counts[..., 1], 0.0, 1.0)
RECALL = Pooled(recall, lambda counts: counts[..., 0] + counts[..., 2], 0.0, 1.0)
STATISTICS = {"precision": PRECISION, "recall": RECALL, "f1": POOLED_F1}


def unit_counts(fields: Sequence[PointField], gate: float, margin: float = 0.0) -> dict[str, Any]:
    """Return tp, fp, fn (3,) of each unit by its name, in the order of the names.

    margin : points nearer to the edge than this are not counted; needs the fields' shapes
    """
    counts: dict[str, Any] = {name: np.zeros(3) for name in sorted({f.unit for f in fields})}
    for field in fields:
        matching = match_points(field.truth, field.found, gate)
        own = matching.counts
        if margin:
            if field.shape is None:
                raise ValueError("a margin needs the shape of every field")
            own = counts_inside(field.truth, field.found, matching, field.shape, margin)
        counts[field.unit] = counts[field.unit] + own
    return counts


def point_table(
    fields: Sequence[PointField], gates: Sequence[float], confidence: float, noun: str = "image"
) -> pd.DataFrame:
    """Return one row per gate of all fields together, and one per gate and unit.

    Columns: `COLUMNS`, and the cells of the bounds of the pooled F1. `unit` is "all" in rows of all
    fields. f1_without_edge leaves out points nearer to the edge than the gate, where annotators
    do not agree on half nuclei; empty where a field's shape is not known.
    """
    rows: list[dict[str, Any]] = []
    measured = all(field.shape is not None for field in fields)
    for gate in gates:
        by_unit = unit_counts(fields, gate)
        inner = unit_counts(fields, gate, gate) if measured else {}
        stacked = np.array(list(by_unit.values())).reshape(-1, 3)
        within = {"f1": float(f1(sum(inner.values(), np.zeros(3))))} if inner else {}
        found = bounds(stacked, POOLED_F1, confidence, noun)
        rows.append(_row("all", gate, stacked.sum(0), within.get("f1")) | found.cells())
        for unit, counts in by_unit.items():
            own = float(f1(inner[unit])) if inner else None
            rows.append(_row(unit, gate, counts, own))
    return pd.DataFrame(rows).reindex(columns=[*COLUMNS, *CELLS])


def _row(unit: str, gate: float, counts: np.ndarray, inner: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"unit": unit, "gate": gate}
    row |= {name: int(n) for name, n in zip(("tp", "fp", "fn"), counts, strict=True)}
    row |= {name: float(statistic.of(counts)) for name, statistic in STATISTICS.items()}
    return row | {"f1_without_edge": inner}


def average_precision(fields: Sequence[PointField], gate: float) -> float | None:
    """Return the area under precision over recall of all found points, most confident first.

    As PASCAL VOC 2010 does: in the order of confidence a point takes the nearest true one of its
    field within the gate that is still free; precision at a recall is the highest at that recall
    or a greater one.

    None where a field's points have no confidence, or all have the same: a curve of one point is
    no curve, and its area would be a made-up number.
    """
    if not fields or any(field.confidence is None for field in fields):
        return None
    sure = np.concatenate([np.asarray(field.confidence, np.float64) for field in fields])
    n_true = sum(len(field.truth) for field in fields)
    if not n_true or len(np.unique(sure)) < 2:
        return None
    hits = np.concatenate([_greedy_hits(field, gate) for field in fields])
    order = np.argsort(-sure, kind="stable")
    tp = np.cumsum(hits[order])
    # Points of equal confidence have no order: only the last of each stands for all of them.
    last = np.flatnonzero(np.diff(sure[order], append=-np.inf))
    reached, right = tp[last] / n_true, tp[last] / (last + 1)
    best = np.maximum.accumulate(right[::-1])[::-1]
    return float((np.diff(reached, prepend=0.0) * best).sum())


def _greedy_hits(field: PointField, gate: float) -> np.ndarray:
    """Return whether each found point has taken a true one, bool (m,)."""
    hits = np.zeros(len(field.found), bool)
    free = np.ones(len(field.truth), bool)
    assert field.confidence is not None
    for k in np.argsort(-np.asarray(field.confidence), kind="stable"):
        distance = np.hypot(*(field.truth - field.found[k]).T) if len(field.truth) else np.empty(0)
        distance = np.where(free, distance, np.inf)
        if len(distance) and distance.min() <= gate:
            nearest = int(distance.argmin())
            free[nearest], hits[k] = False, True
    return hits
