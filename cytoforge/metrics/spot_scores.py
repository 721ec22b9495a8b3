"""Detection of spots: precision, recall and F1 over gates, localisation, counts, photon classes.

True and found points are matched one to one, the gate before the assignment
(`segmentation/centroid_matching.py`). 3 px is the field's gate; the sweep shows what it decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import CELLS, POOLED_F1, Bounds, Pooled, bounds
from cytoforge.metrics.point_scores import (
    PRECISION,
    RECALL,
    PointField,
    average_precision,
    point_table,
)
from cytoforge.segmentation.centroid_matching import match_points

GATE_PX = 3.0
GATES_PX = (1.0, 2.0, 3.0, 4.0, 5.0)
# Photons of a set's spots are divided into so many classes of equally many.
CLASSES = 4
# A set on which the baseline is better than this everywhere tells good detectors from no others.
TOO_EASY = 0.98
RMSE = Pooled(
    lambda sums: np.sqrt(sums[..., 0] / np.maximum(sums[..., 1], 1)),
    lambda sums: sums[..., 1],
    0.0,
)
COUNT_BIAS = Pooled(
    lambda sums: sums[..., 0] / np.maximum(sums[..., 1], 1) - 1, lambda sums: sums[..., 1], -1.0
)
SCORE_COLUMNS = ("detector", "score", "value", *CELLS, "n_images")
CLASS_COLUMNS = (
    *("detector", "photon_class", "photons_low", "photons_high"),
    *("n_true", "recall", "rmse_px", *CELLS),
)


@dataclass(frozen=True)
class SpotField:
    """Spots of one image.

    Attributes
    ----------
    image : its name, the unit of intervals
    truth : row and column in px, (n, 2)
    photons : of each true spot, (n,)
    found : by detector, row and column (m, 2) and how sure it is or how bright they are (m,)
    shape : height and width
    """

    image: str
    truth: np.ndarray
    photons: np.ndarray
    found: Mapping[str, tuple[np.ndarray, np.ndarray]]
    shape: tuple[int, int]

    def points(self, detector: str) -> PointField:
        """Return the points of one detector."""
        found, sure = self.found[detector]
        return PointField(self.image, self.truth, found, sure, self.shape)


@dataclass(frozen=True)
class SpotScores:
    """Tables of `score_spots`, and what they say of the set.

    Attributes
    ----------
    scores : one row per detector and score at 3 px: F1, precision, recall, rmse_px, count_bias,
        average_precision
    gates : one row per detector and gate of all images together, and per image
    classes : one row per detector and class of photons: recall and localisation
    too_easy : whether the baseline is above 0.98 in every image and every class
    """

    scores: pd.DataFrame
    gates: pd.DataFrame
    classes: pd.DataFrame
    too_easy: bool


def score_spots(fields: Sequence[SpotField], baseline: str, confidence: float = 0.95) -> SpotScores:
    """Score every detector on the images of a set.

    Parameters
    ----------
    baseline : the detector that says whether the set is too easy
    """
    detectors = list(fields[0].found) if fields else []
    gates, scores, classes = [], [], []
    for name in detectors:
        points = [field.points(name) for field in fields]
        gates.append(point_table(points, GATES_PX, confidence).assign(detector=name))
        scores += _scores(name, points, confidence)
        classes += _classes(name, fields, confidence)
    by_gate = pd.concat(gates, ignore_index=True) if gates else pd.DataFrame()
    by_class = pd.DataFrame(classes, columns=list(CLASS_COLUMNS))
    easy = _too_easy(by_gate, by_class, baseline) if gates else False
    return SpotScores(pd.DataFrame(scores, columns=list(SCORE_COLUMNS)), by_gate, by_class, easy)


def _scores(name: str, points: Sequence[PointField], confidence: float) -> list[dict[str, Any]]:
    """Return the rows of a detector at the field's gate."""
    matched = [match_points(one.truth, one.found, GATE_PX) for one in points]
    counts = np.array([one.counts for one in matched])
    squares = np.array([[(one.distances**2).sum(), len(one.distances)] for one in matched])
    numbers = np.array([[one.n_found, one.n_true] for one in matched], np.float64)
    wanted: list[tuple[str, np.ndarray, Pooled]] = [
        *(("f1", counts, POOLED_F1), ("precision", counts, PRECISION), ("recall", counts, RECALL)),
        *(("rmse_px", squares, RMSE), ("count_bias", numbers, COUNT_BIAS)),
    ]
    rows = [_row(name, score, sums, how, confidence) for score, sums, how in wanted]
    area = average_precision(points, GATE_PX)
    return [*rows, _cells(name, "average_precision", area, Bounds(), len(points))]


def _row(
    name: str, score: str, sums: np.ndarray, statistic: Pooled, confidence: float
) -> dict[str, Any]:
    used = statistic.size(sums) > 0
    value = float(statistic.of(sums.sum(0))) if used.any() or score == "f1" else None
    return _cells(name, score, value, bounds(sums, statistic, confidence), int(used.sum()))


def _cells(name: str, score: str, value: Any, chance: Bounds, n: int) -> dict[str, Any]:
    return {"detector": name, "score": score, "value": value, **chance.cells(), "n_images": n}


def class_edges(photons: np.ndarray, classes: int = CLASSES) -> np.ndarray:
    """Return the photons between which classes of equally many spots lie, (classes + 1,).

    Where all spots are equally bright there is one class.

    >>> class_edges(np.array([1.0, 2, 3, 4, 5]), 2).tolist(), class_edges(np.ones(5)).tolist()
    ([1.0, 3.0, 5.0], [1.0, 1.0])
    """
    if not len(photons):
        return np.zeros(2)
    edges = np.unique(np.quantile(photons, np.linspace(0, 1, classes + 1)))
    return np.repeat(edges, 2) if len(edges) == 1 else edges


def _classes(name: str, fields: Sequence[SpotField], confidence: float) -> list[dict[str, Any]]:
    """Return recall and localisation of each class of photons.

    What is found in vain belongs to no class, so that there is no precision of one.
    """
    edges = class_edges(np.concatenate([field.photons for field in fields]))
    n = len(edges) - 1
    sums = np.zeros((len(fields), n, 4))  # found, 0, missed; squared distances
    for k, field in enumerate(fields):
        matching = match_points(field.truth, field.found[name][0], GATE_PX)
        own = np.clip(np.searchsorted(edges, field.photons, "right") - 1, 0, n - 1)
        true = matching.pairs[:, 0]
        sums[k, :, 0] = np.bincount(own[true], minlength=n)
        sums[k, :, 2] = np.bincount(own, minlength=n) - sums[k, :, 0]
        sums[k, :, 3] = np.bincount(own[true], matching.distances**2, minlength=n)
    rows = []
    for c in range(n):
        counts = sums[:, c, :3]
        total = counts.sum(0)
        rows.append(
            {
                "detector": name,
                "photon_class": c + 1,
                "photons_low": float(edges[c]),
                "photons_high": float(edges[c + 1]),
                "n_true": int(total[0] + total[2]),
                "recall": float(RECALL.of(total)),
                "rmse_px": float(np.sqrt(sums[:, c, 3].sum() / total[0])) if total[0] else None,
                **bounds(counts, RECALL, confidence).cells(),
            }
        )
    return rows


def _too_easy(gates: pd.DataFrame, classes: pd.DataFrame, baseline: str) -> bool:
    at_gate = gates[(gates["detector"] == baseline) & (gates["gate"] == GATE_PX)]
    images = at_gate.loc[at_gate["unit"] != "all", "f1"]
    recalls = classes.loc[(classes["detector"] == baseline) & (classes["n_true"] > 0), "recall"]
    return bool(len(recalls) and (images > TOO_EASY).all() and (recalls > TOO_EASY).all())
