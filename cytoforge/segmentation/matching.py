"""How well one instance labelling agrees with another: one-to-one matching and pixel Dice."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Matching:
    """Counts of a one-to-one matching at one IoU threshold.

    tp, fp, fn : matched pairs, predicted objects without partner, true objects without partner
    precision, recall, f1 : in [0, 1]; two empty label maps agree fully (1.0)
    mean_iou : mean IoU of the matched pairs in [0, 1]; 0.0 when nothing matched
    """

    tp: int
    fp: int
    fn: int
    precision: float
    recall: float
    f1: float
    mean_iou: float


def match_instances(
    truth: np.ndarray,
    predicted: np.ndarray,
    iou: float = 0.5,
    excused: np.ndarray | None = None,
) -> Matching:
    """Match true and predicted objects one to one where they overlap enough.

    Parameters
    ----------
    truth, predicted : integer label maps of the same shape; 0 is background, ids may have gaps
    iou : a pair counts when its intersection over union is greater than or equal to this, in (0, 1]
    excused : ids of predicted objects that are no error (fp) where they stay without a partner

    Notes
    -----
    Above IoU 0.5 an object can have only one partner. At 0.5 exactly (a nucleus cut into two
    equal halves) and below, the assignment with the most pairs, and among those the largest sum
    of IoU, is taken.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"label maps differ in shape: {truth.shape} and {predicted.shape}")
    if not 0 < iou <= 1:
        raise ValueError(f"iou must lie in (0, 1], got {iou}")
    true_index, predicted_index, ious, true_ids, predicted_ids = _overlaps(truth, predicted)
    enough = np.flatnonzero(ious >= iou)
    pairs = enough[
        _best_pairs(
            true_index[enough],
            predicted_index[enough],
            ious[enough],
            len(true_ids),
            len(predicted_ids),
        )
    ]
    counted = predicted_ids != 0
    if excused is not None:
        counted &= ~np.isin(predicted_ids, excused)
    counted[predicted_index[pairs]] = True
    tp, n_true, n_predicted = len(pairs), int(np.sum(true_ids != 0)), int(counted.sum())
    return Matching(
        tp=tp,
        fp=n_predicted - tp,
        fn=n_true - tp,
        precision=_fraction(tp, n_predicted, n_true),
        recall=_fraction(tp, n_true, n_predicted),
        f1=_fraction(2 * tp, n_true + n_predicted, 0),
        mean_iou=float(ious[pairs].mean()) if tp else 0.0,
    )


def pixel_dice(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the Dice coefficient of the two foregrounds (label > 0); 1.0 when both are empty."""
    a, b = truth > 0, predicted > 0
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 2 * int(np.count_nonzero(a & b)) / total if total else 1.0


def _fraction(part: int, whole: int, other: int) -> float:
    if whole:
        return part / whole
    return 0.0 if other else 1.0


def _overlaps(
    truth: np.ndarray, predicted: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the overlapping pairs (indices into the ids), their IoU, and the ids of both sides,
    background among them."""
    true_ids, t = np.unique(truth, return_inverse=True)
    predicted_ids, p = np.unique(predicted, return_inverse=True)
    n_p = len(predicted_ids)
    # Sparse: only pairs that occur. 1,600 × 1,600 cells as a dense table is 20 MB, and a slide
    # with 50,000 nuclei could not be held at all.
    pair, count = np.unique(t.ravel() * n_p + p.ravel(), return_counts=True)
    ti, pi = pair // n_p, pair % n_p
    area_t = np.bincount(t.ravel(), minlength=len(true_ids))
    area_p = np.bincount(p.ravel(), minlength=n_p)
    both = (true_ids[ti] != 0) & (predicted_ids[pi] != 0)
    ti, pi, count = ti[both], pi[both], count[both]
    ious = count / (area_t[ti] + area_p[pi] - count)
    return ti, pi, ious, true_ids, predicted_ids


def _best_pairs(
    rows: np.ndarray, columns: np.ndarray, ious: np.ndarray, n_rows: int, n_columns: int
) -> np.ndarray:
    """Return the indices of the chosen pairs."""
    if len(rows) == 0:
        return np.empty(0, np.intp)
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(columns)[columns] == 1)
    chosen = [np.flatnonzero(alone)]
    competing = np.flatnonzero(~alone)
    if len(competing):
        own = rows[competing], columns[competing], ious[competing]
        chosen += [competing[some] for some in _assign_groups(*own, n_rows, n_columns)]
    return np.concatenate(chosen)


def _assign_groups(
    rows: np.ndarray, columns: np.ndarray, ious: np.ndarray, n_rows: int, n_columns: int
) -> list[np.ndarray]:
    """Solve each connected group of competing pairs by itself: groups are tiny."""
    size = n_rows + n_columns
    graph = csr_array(coo_array((np.ones(len(rows)), (rows, columns + n_rows)), shape=(size, size)))
    group = connected_components(graph, directed=False)[1][rows]
    chosen = []
    for members in np.split(*_by_group(group)):
        r_ids, r = np.unique(rows[members], return_inverse=True)
        c_ids, c = np.unique(columns[members], return_inverse=True)
        value, place = np.zeros((len(r_ids), len(c_ids))), np.full((len(r_ids), len(c_ids)), -1)
        # One extra pair outweighs any gain in IoU: at most min(rows, columns) pairs of IoU ≤ 1.
        value[r, c], place[r, c] = ious[members] + min(value.shape) + 1, members
        taken = place[linear_sum_assignment(value, maximize=True)]
        chosen.append(taken[taken >= 0])
    return chosen


def _by_group(group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(group, kind="stable")
    return order, np.flatnonzero(np.diff(group[order])) + 1
