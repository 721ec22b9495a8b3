"""What one field says of a segmenter: counts of objects and pixels, which make all scores."""

from dataclasses import asdict, dataclass

import numpy as np

from cytoforge.models.tasks.image_to_instances import IOUS
from cytoforge.segmentation.matching import Overlaps, best_pairs, overlaps
from cytoforge.segmentation.panoptic import instance_scores

THRESHOLDS = tuple(f"{iou:.2f}" for iou in IOUS)
"""Thresholds of IoU as tables name them: 0.50, 0.55 … 0.95."""


@dataclass(frozen=True)
class FieldCounts:
    """Objects and pixels of one field, true and found.

    Attributes
    ----------
    n_true, n_found : objects on each side
    tp : pairs whose IoU is at least that of `THRESHOLDS`, of each
    aji, aji_plus, pq : as `segmentation.panoptic` has them; NaN where neither side has an object
    seg_sum : of the true objects, the IoU with the found one that covers more than half of them, 0
        where none does; over all true objects its mean is SEG of the Cell Tracking Challenge
    split : true objects in which two or more found ones lie, each with more than half of itself
    merged : found objects in which two or more true ones lie, each with more than half of itself
    pixel_tp, pixel_fp, pixel_fn, pixel_tn : pixels of any object, whichever it is
    """

    n_true: int
    n_found: int
    tp: tuple[int, ...]
    aji: float
    aji_plus: float
    pq: float
    seg_sum: float
    split: int
    merged: int
    pixel_tp: int
    pixel_fp: int
    pixel_fn: int
    pixel_tn: int

    @property
    def errors(self) -> np.ndarray:
        """True positives, false positives and misses at each threshold, float64 (10, 3)."""
        tp = np.array(self.tp, np.float64)
        return np.stack([tp, self.n_found - tp, self.n_true - tp], -1)

    def cells(self) -> dict[str, float]:
        """Return the cells of a table, one column per threshold: `tp_0.50` …"""
        told = {name: value for name, value in asdict(self).items() if name != "tp"}
        return told | {f"tp_{t}": n for t, n in zip(THRESHOLDS, self.tp, strict=True)}


def count_field(truth: np.ndarray, found: np.ndarray) -> FieldCounts:
    """Compare two instance labellings of one field.

    Parameters
    ----------
    truth, found : integer label maps (Y, X) of one shape; 0 is background, ids may have gaps

    Two nuclei, found as one that is a little larger than both:

    >>> truth = np.array([[1, 1, 1, 0, 2, 2, 2, 0]])
    >>> counts = count_field(truth, np.array([[7, 7, 7, 7, 7, 7, 7, 0]]))
    >>> counts.merged, counts.split, counts.tp[0], round(counts.seg_sum, 4)
    (1, 0, 0, 0.8571)
    """
    scores = instance_scores(truth, found)  # which compares the shapes
    both = overlaps(truth, found)
    true, there = truth > 0, found > 0
    tp = int(np.count_nonzero(true & there))
    n_true_px, n_found_px = int(np.count_nonzero(true)), int(np.count_nonzero(there))
    mostly_true = 2 * both.shared_px > both.true_px[both.true]
    mostly_found = 2 * both.shared_px > both.predicted_px[both.predicted]
    return FieldCounts(
        n_true=int(np.sum(both.true_ids != 0)),
        n_found=int(np.sum(both.predicted_ids != 0)),
        tp=_matched(both),
        aji=scores.aji,
        aji_plus=scores.aji_plus,
        pq=scores.pq,
        seg_sum=float(both.ious[mostly_true].sum()),
        split=_holding_several(both.true[mostly_found]),
        merged=_holding_several(both.predicted[mostly_true]),
        pixel_tp=tp,
        pixel_fp=n_found_px - tp,
        pixel_fn=n_true_px - tp,
        pixel_tn=truth.size - n_true_px - n_found_px + tp,
    )


def _matched(both: Overlaps) -> tuple[int, ...]:
    """Return the pairs at each threshold. Above 0.5 an object can have one partner only."""
    ious = both.ious
    half = np.flatnonzero(ious >= IOUS[0])
    first = len(best_pairs(both.true[half], both.predicted[half], ious[half]))
    return (first, *(int(np.count_nonzero(ious >= iou)) for iou in IOUS[1:]))


def _holding_several(holders: np.ndarray) -> int:
    """Return how many objects are named two or more times.

    >>> _holding_several(np.array([3, 1, 3, 2, 2, 2]))
    2
    """
    return int(np.sum(np.bincount(holders) > 1)) if len(holders) else 0
