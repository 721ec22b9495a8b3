"""How well instance labels agree with the true ones: Dice, AJI, AJI+, and panoptic quality.

All follow the definitions that papers on nuclei compare by, and the code published with them:
AJI of Kumar et al. 2017 (10.1109/TMI.2017.2677499), AJI+ and PQ of nuclei of Graham et al. 2019
(10.1016/j.media.2019.101563), PQ of Kirillov et al. 2019 (arXiv 1801.00868).
"""

from dataclasses import dataclass

import numpy as np

from cytoforge.segmentation.matching import Overlaps, best_pairs, overlaps, pixel_dice

NAMES = ("dice", "aji", "aji_plus", "dq", "sq", "pq")


@dataclass(frozen=True)
class InstanceScores:
    """Scores of one image, each in [0, 1]; all NaN where neither side has an object.

    dice : of the two foregrounds; aji, aji_plus : aggregated Jaccard index
    dq, sq, pq : detection, segmentation and panoptic quality (PQ = DQ SQ)
    tp, fp, fn : objects with a partner at that IoU, found ones without, true ones without
    iou_sum : sum of the IoU of the partners
    """

    dice: float
    aji: float
    aji_plus: float
    dq: float
    sq: float
    pq: float
    tp: int
    fp: int
    fn: int
    iou_sum: float


def instance_scores(truth: np.ndarray, found: np.ndarray, iou: float = 0.5) -> InstanceScores:
    """Compare two instance labellings of one image.

    Parameters
    ----------
    truth, found : integer label maps (Y, X) of one shape; 0 is background, ids may have gaps
    iou : partners have a larger IoU than this (at 0.5 there can be only one); below 0.5 the most
        pairs are taken, and among those choices the one with the largest sum of IoU

    One of two objects is found, half of it too much (IoU 4 / 6):

    >>> truth = np.array([[1, 1, 1, 1, 0, 0, 2, 2]])
    >>> scores = instance_scores(truth, np.array([[7, 7, 7, 7, 7, 7, 0, 0]]))
    >>> round(scores.dq, 4), round(scores.sq, 4), round(scores.pq, 4), round(scores.aji, 4)
    (0.6667, 0.6667, 0.4444, 0.5)
    """
    if truth.shape != found.shape:
        raise ValueError(f"label maps differ in shape: {truth.shape} and {found.shape}")
    both = overlaps(truth, found)
    n_true, n_found = (int(np.sum(ids != 0)) for ids in (both.true_ids, both.predicted_ids))
    if not n_true + n_found:
        nothing = float("nan")
        return InstanceScores(*(nothing,) * 6, 0, 0, 0, 0.0)
    ious = both.ious
    enough = np.flatnonzero(ious > iou)
    pairs = enough[best_pairs(both.true[enough], both.predicted[enough], ious[enough])]
    tp, iou_sum = len(pairs), float(ious[pairs].sum())
    dq, sq = 2 * tp / (n_true + n_found), iou_sum / tp if tp else 0.0
    return InstanceScores(
        dice=pixel_dice(truth, found),
        aji=_aggregated(both, _nearest(both)),
        aji_plus=_aggregated(both, best_pairs(both.true, both.predicted, ious, most_pairs=False)),
        dq=dq,
        sq=sq,
        pq=dq * sq,
        tp=tp,
        fp=n_found - tp,
        fn=n_true - tp,
        iou_sum=iou_sum,
    )


def panoptic(counts: np.ndarray) -> np.ndarray:
    """Return PQ of sums (..., 4) of tp, fp, fn and IoU; NaN where there are no objects.

    PQ = Σ IoU / (TP + FP / 2 + FN / 2).

    >>> float(panoptic(np.array([2.0, 1, 1, 1.5])))
    0.5
    """
    weight = counts[..., :3] @ np.array([1.0, 0.5, 0.5])
    return np.where(weight > 0, counts[..., 3] / np.where(weight > 0, weight, 1), np.nan)


def _nearest(both: Overlaps) -> np.ndarray:
    """Return, for each true object that anything overlaps, its pair of the largest IoU.

    One found object may be the nearest of several true ones: that is AJI's own weakness, which
    AJI+ does not have.
    """
    order = np.lexsort((-both.ious, both.true))
    _, first = np.unique(both.true[order], return_index=True)
    chosen: np.ndarray = order[first]
    return chosen


def _aggregated(both: Overlaps, pairs: np.ndarray) -> float:
    """Return Σ intersection / (Σ union + areas of all objects that are in no pair)."""
    alone_true = (both.true_ids != 0) & ~_member(both.true[pairs], len(both.true_ids))
    alone = (both.predicted_ids != 0) & ~_member(both.predicted[pairs], len(both.predicted_ids))
    whole = both.union_px[pairs].sum() + both.true_px[alone_true].sum()
    return float(both.shared_px[pairs].sum() / (whole + both.predicted_px[alone].sum()))


def _member(indices: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(indices, minlength=size) > 0
