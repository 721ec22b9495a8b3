"""Instance matching against a slow loop."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.segmentation.matching import match_instances, pixel_dice


def slow_best(truth: np.ndarray, predicted: np.ndarray, iou: float) -> tuple[int, float]:
    """Return pairs and sum of IoU of the best assignment, by trying all."""
    t_ids = [i for i in np.unique(truth) if i]
    p_ids = [i for i in np.unique(predicted) if i]
    table = {}
    for t, p in itertools.product(t_ids, p_ids):
        both = np.sum((truth == t) & (predicted == p))
        value = both / np.sum((truth == t) | (predicted == p))
        if both and value >= iou:
            table[t, p] = value

    def search(rest: list, free: frozenset) -> tuple[int, float]:
        if not rest:
            return 0, 0.0
        best = search(rest[1:], free)
        for p in free:
            if (rest[0], p) in table:
                count, total = search(rest[1:], free - {p})
                best = max(best, (count + 1, total + table[rest[0], p]))
        return best

    return search(t_ids, frozenset(p_ids))


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    ids=st.integers(1, 5),
    iou=st.sampled_from([0.05, 0.2, 0.5, 0.7]),
)
def test_equals_the_best_of_all_assignments(seed, ids, iou):
    random = np.random.default_rng(seed)
    truth = random.integers(0, ids + 1, (3, 5)) * 7
    predicted = np.where(random.random((3, 5)) < 0.6, truth, random.integers(0, ids + 1, (3, 5)))
    count, total = slow_best(truth, predicted, iou)
    matching = match_instances(truth, predicted, iou)
    assert matching.tp == count
    assert matching.mean_iou * count == pytest.approx(total)
    assert matching.tp + matching.fn == len(np.setdiff1d(truth, 0))
    assert matching.tp + matching.fp == len(np.setdiff1d(predicted, 0))


def test_one_good_one_split_one_missed():
    truth = np.array([[1, 1, 0, 2, 2, 0, 3, 3]])
    predicted = np.array([[9, 9, 0, 4, 5, 0, 0, 0]])
    matching = match_instances(truth, predicted, 0.5)
    # The halves of object 2 have IoU 0.5 each; one of them counts.
    assert (matching.tp, matching.fp, matching.fn) == (2, 1, 1)
    assert matching.f1 == pytest.approx(2 / 3)
    assert matching.mean_iou == pytest.approx(0.75)


def test_empty_against_empty_agrees_and_against_anything_does_not():
    empty, one = np.zeros((2, 2), int), np.ones((2, 2), int)
    assert match_instances(empty, empty).f1 == 1
    assert match_instances(one, empty).f1 == 0
    assert match_instances(one, empty).precision == 0
    assert match_instances(empty, one).recall == 0


def test_dice_counts_foreground_pixels():
    assert pixel_dice(np.array([1, 2, 0, 0]), np.array([0, 5, 5, 0])) == pytest.approx(0.5)
    assert pixel_dice(np.zeros(3), np.zeros(3)) == 1


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shape"):
        match_instances(np.zeros((2, 2), int), np.zeros((2, 3), int))
