"""Scores of instance labels, beside definitions written out pair by pair."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from cytoforge.segmentation.instance_classes import (
    ClassedField,
    class_counts,
    class_f1,
    pannuke_scores,
)
from cytoforge.segmentation.panoptic import instance_scores, panoptic

# A is cut in two, B is found with a pixel too much, C is missed; 9 is invented.
TRUTH = np.array([[1, 1, 1, 1, 0, 2, 2, 2, 0, 3, 3, 0, 0]])
FOUND = np.array([[4, 4, 5, 5, 0, 6, 6, 6, 6, 0, 0, 9, 9]])


def textbook(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """The definitions with masks, without any table of overlaps."""
    a = [truth == k for k in np.unique(truth) if k]
    b = [found == k for k in np.unique(found) if k]
    both = np.array([[(x & y).sum() for y in b] for x in a])
    either = np.array([[(x | y).sum() for y in b] for x in a])
    ious = both / either
    nearest = [(i, int(ious[i].argmax())) for i in range(len(a)) if ious[i].max() > 0]
    best = [p for p in zip(*linear_sum_assignment(-ious), strict=True) if ious[p] > 0]
    hits = [ious[p] for p in itertools.product(range(len(a)), range(len(b))) if ious[p] > 0.5]

    def aggregated(pairs: list[tuple[int, int]]) -> float:
        alone = [x.sum() for i, x in enumerate(a) if i not in {p[0] for p in pairs}]
        alone += [y.sum() for j, y in enumerate(b) if j not in {p[1] for p in pairs}]
        return sum(both[p] for p in pairs) / (sum(either[p] for p in pairs) + sum(alone))

    dq = 2 * len(hits) / (len(a) + len(b))
    pixels = (truth > 0).sum() + (found > 0).sum()
    return {
        "dice": 2 * ((truth > 0) & (found > 0)).sum() / pixels,
        "aji": aggregated(nearest),
        "aji_plus": aggregated(best),
        "dq": dq,
        "sq": np.mean(hits),
        "pq": dq * np.mean(hits),
    }


def test_by_hand():
    scores = instance_scores(TRUTH, FOUND)
    assert (scores.tp, scores.fp, scores.fn) == (1, 3, 2)  # halves have an IoU of 0.5, not more
    assert scores.sq == 0.75
    assert scores.pq == pytest.approx(2 / 7 * 0.75)
    # Halves: 2 of 4; B: 3 of 4; C (2 px), the other half (2 px) and the invented (2 px) are alone.
    assert scores.aji == pytest.approx((2 + 3) / (4 + 4 + 2 + 2 + 2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_the_definitions_written_out(seed: int):
    random = np.random.default_rng(seed)
    blocks = np.kron(random.integers(0, 9, (8, 8)), np.ones((4, 4), int))
    moved = np.roll(np.where(blocks == 3, 0, blocks), 1, 1)
    scores = instance_scores(blocks, moved)
    assert {k: getattr(scores, k) for k in textbook(blocks, moved)} == pytest.approx(
        textbook(blocks, moved)
    )


def test_one_found_object_has_one_partner_in_aji_plus_alone():
    truth = np.array([[1, 1, 1, 2, 2, 2]])
    merged = np.ones_like(truth)
    scores = instance_scores(truth, merged)
    assert scores.aji == pytest.approx((3 + 3) / (6 + 6))
    assert scores.aji_plus == pytest.approx(3 / (6 + 3))


def test_nothing_on_both_sides_has_no_score_and_on_one_side_zero():
    empty, one = np.zeros((2, 2), int), np.ones((2, 2), int)
    assert np.isnan(instance_scores(empty, empty).pq)
    for truth, found in ((one, empty), (empty, one)):
        scores = instance_scores(truth, found)
        assert (scores.dice, scores.aji, scores.aji_plus, scores.pq) == (0, 0, 0, 0)


def test_pooled_quality_is_that_of_the_sums():
    one = instance_scores(TRUTH, FOUND)
    counts = np.array([one.tp, one.fp, one.fn, one.iou_sum], float)
    assert panoptic(2 * counts) == pytest.approx(one.pq)


def classed(truth: list[int], found: list[int], tissue: str) -> ClassedField:
    """Ids 1 and 2 are of class 1, id 3 of class 2."""
    classes = np.array([0, 1, 1, 2])
    return ClassedField(np.array([truth]), np.array([found]), classes, classes, tissue)


def test_mean_quality_leaves_out_classes_that_an_image_has_not():
    fields = [
        classed([1, 1, 0, 3, 3], [1, 1, 0, 0, 0], "lung"),  # class 1: 1, class 2: 0
        classed([1, 1, 0, 0, 0], [1, 1, 0, 3, 3], "lung"),  # class 1: 1; class 2 is not there
        classed([0, 0, 0, 3, 3], [0, 0, 0, 3, 3], "skin"),  # class 2: 1
        classed([0, 0, 0, 0, 0], [1, 0, 0, 0, 0], "skin"),  # no nuclei: left out
    ]
    scores = pannuke_scores(fields, [1, 2])
    assert scores.mpq == pytest.approx(((0.5 + 1) / 2 + 1) / 2)  # tissues count alike
    assert scores.bpq == pytest.approx(((2 / 3 + 2 / 3) / 2 + 1) / 2)
    assert scores.by_class == {1: 1.0, 2: 0.5}
    assert (scores.n_images, scores.n_empty) == (4, 1)


def test_a_wrong_class_counts_as_one_lost_and_one_invented():
    pairs = np.array([[0, 0], [1, 1], [2, 2]])
    true, found = np.array([1, 1, 2, 1]), np.array([1, 2, 2])
    counts = [class_counts(true, found, pairs, code) for code in (1, 2, 3)]
    assert [one.tolist() for one in counts] == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    assert class_f1(np.array(counts))[:2] == pytest.approx([2 / 5, 2 / 4])
    assert np.isnan(class_f1(counts[2]))
