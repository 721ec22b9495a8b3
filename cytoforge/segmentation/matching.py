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


@dataclass(frozen=True)
class Overlaps:
    """Objects of two label maps that share pixels: pair k is of `true[k]` and `predicted[k]`.

    true, predicted : indices into the ids, (n,); shared_px : pixels of both, (n,)
    true_ids, predicted_ids : all that occur, background (0) among them where it does
    true_px, predicted_px : their areas
    """

    true: np.ndarray
    predicted: np.ndarray
    shared_px: np.ndarray
    true_ids: np.ndarray
    predicted_ids: np.ndarray
    true_px: np.ndarray
    predicted_px: np.ndarray

    @property
    def union_px(self) -> np.ndarray:
        """Pixels of either object of each pair, (n,)."""
        both: np.ndarray = self.true_px[self.true] + self.predicted_px[self.predicted]
        return both - self.shared_px

    @property
    def ious(self) -> np.ndarray:
        """Intersection over union of each pair, (n,) in (0, 1]."""
        found: np.ndarray = self.shared_px / self.union_px
        return found


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
    return match_overlaps(overlaps(truth, predicted), iou, excused)


def match_overlaps(both: Overlaps, iou: float, excused: np.ndarray | None = None) -> Matching:
    """Match as `match_instances` does: of several IoUs, pixels are compared once."""
    if not 0 < iou <= 1:
        raise ValueError(f"iou must lie in (0, 1], got {iou}")
    ious = both.ious
    enough = np.flatnonzero(ious >= iou)
    pairs = enough[best_pairs(both.true[enough], both.predicted[enough], ious[enough])]
    counted = both.predicted_ids != 0
    if excused is not None:
        counted &= ~np.isin(both.predicted_ids, excused)
    counted[both.predicted[pairs]] = True
    tp, n_true, n_predicted = len(pairs), int(np.sum(both.true_ids != 0)), int(counted.sum())
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


def overlaps(truth: np.ndarray, predicted: np.ndarray) -> Overlaps:
    """Return the pairs of objects of two integer label maps of one shape that share pixels."""
    true_ids, t = np.unique(truth, return_inverse=True)
    predicted_ids, p = np.unique(predicted, return_inverse=True)
    n_p = len(predicted_ids)
    # Sparse: only pairs that occur. 1,600 × 1,600 cells as a dense table is 20 MB, and a slide
    # with 50,000 nuclei could not be held at all.
    pair, count = np.unique(t.ravel() * n_p + p.ravel(), return_counts=True)
    ti, pi = pair // n_p, pair % n_p
    both = (true_ids[ti] != 0) & (predicted_ids[pi] != 0)
    return Overlaps(
        ti[both],
        pi[both],
        count[both],
        true_ids,
        predicted_ids,
        np.bincount(t.ravel(), minlength=len(true_ids)),
        np.bincount(p.ravel(), minlength=n_p),
    )


def best_pairs(
    rows: np.ndarray, columns: np.ndarray, values: np.ndarray, most_pairs: bool = True
) -> np.ndarray:
    """Choose one-to-one pairs out of those that are possible, and return their indices (k,).

    Parameters
    ----------
    rows, columns : what each possible pair joins, indices (n,)
    values : how good each is, (n,) in [0, 1]
    most_pairs : whether the most pairs are taken, and among such choices the one with the largest
        sum of values; else the choice with the largest sum, however many
    """
    if len(rows) == 0:
        return np.empty(0, np.intp)
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(columns)[columns] == 1)
    chosen = [np.flatnonzero(alone)]
    competing = np.flatnonzero(~alone)
    if len(competing):
        own = rows[competing], columns[competing], values[competing]
        chosen += [competing[some] for some in _assign_groups(*own, most_pairs)]
    return np.concatenate(chosen)


def _assign_groups(
    rows: np.ndarray, columns: np.ndarray, values: np.ndarray, most_pairs: bool
) -> list[np.ndarray]:
    """Solve each connected group of competing pairs by itself: groups are tiny."""
    n_rows = int(rows.max()) + 1
    size = n_rows + int(columns.max()) + 1
    graph = csr_array(coo_array((np.ones(len(rows)), (rows, columns + n_rows)), shape=(size, size)))
    group = connected_components(graph, directed=False)[1][rows]
    chosen = []
    for members in np.split(*_by_group(group)):
        r_ids, r = np.unique(rows[members], return_inverse=True)
        c_ids, c = np.unique(columns[members], return_inverse=True)
        value, place = np.zeros((len(r_ids), len(c_ids))), np.full((len(r_ids), len(c_ids)), -1)
        # One extra pair outweighs any gain: at most min(rows, columns) pairs of values ≤ 1.
        bonus = min(value.shape) + 1 if most_pairs else 0
        value[r, c], place[r, c] = values[members] + bonus, members
        taken = place[linear_sum_assignment(value, maximize=True)]
        chosen.append(taken[taken >= 0])
    return chosen


def _by_group(group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(group, kind="stable")
    return order, np.flatnonzero(np.diff(group[order])) + 1
