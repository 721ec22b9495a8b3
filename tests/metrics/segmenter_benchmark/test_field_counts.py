"""Counts of one field, on arrays that the eye can check, and against slow code of their own."""

import numpy as np
import pytest

from cytoforge.metrics.segmenter_benchmark.field_counts import count_field

# Three nuclei in rows of 6: the first found exactly, the second as two halves, the third not.
TRUE = np.array([[1, 1, 1, 1, 1, 1], [0] * 6, [2, 2, 2, 2, 2, 2], [0] * 6, [3, 3, 3, 3, 3, 3]])
FOUND = np.array([[9, 9, 9, 9, 9, 9], [0] * 6, [4, 4, 4, 5, 5, 5], [0] * 6, [0, 0, 0, 0, 0, 0]])


def test_a_nucleus_cut_into_two_halves_is_split_and_matched_once_at_half():
    counts = count_field(TRUE, FOUND)
    assert (counts.n_true, counts.n_found) == (3, 3)
    assert counts.tp == (2, *[1] * 9)  # IoU 1 and 1/2; above 0.5 the exact one alone
    assert (counts.split, counts.merged) == (1, 0)
    assert counts.errors[0].tolist() == [2, 1, 1]


def test_the_other_way_round_the_halves_are_merged():
    counts = count_field(FOUND, TRUE)
    assert (counts.split, counts.merged) == (0, 1)


def test_seg_counts_what_covers_more_than_half_of_a_true_object():
    # The exact one has IoU 1; a half covers no more than half; the third has nothing.
    assert count_field(TRUE, FOUND).seg_sum == 1
    # A found object over true 1 and a part of the ground: all of 1 is covered, IoU 6 / 9.
    larger = FOUND.copy()
    larger[1, :3] = 9
    assert count_field(TRUE, larger).seg_sum == pytest.approx(6 / 9)


def test_pixels_are_counted_whichever_object_they_are_of():
    counts = count_field(TRUE, FOUND)
    pixels = (counts.pixel_tp, counts.pixel_fp, counts.pixel_fn, counts.pixel_tn)
    assert pixels == (12, 0, 6, 12)


def test_an_object_within_a_larger_one_is_no_merge():
    truth = np.array([[1, 1, 1, 1, 2]])
    assert count_field(truth, np.array([[5, 5, 5, 5, 0]])).merged == 0


def test_empty_fields_have_no_objects_and_no_aji():
    nothing = np.zeros((3, 3), int)
    counts = count_field(nothing, nothing)
    assert (counts.n_true, counts.n_found, sum(counts.tp)) == (0, 0, 0)
    assert np.isnan([counts.aji, counts.pq]).all()
    assert counts.pixel_tn == 9


def slow_counts(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """The definitions word for word, object by object."""
    trues = [truth == k for k in np.unique(truth) if k]
    founds = [found == k for k in np.unique(found) if k]
    iou = np.array([[(a & b).sum() / (a | b).sum() for b in founds] for a in trues])
    covered = np.array([[2 * (a & b).sum() > a.sum() for b in founds] for a in trues])
    within = np.array([[2 * (a & b).sum() > b.sum() for b in founds] for a in trues])
    return {
        **{f"tp_{t}": int((iou >= t).sum()) for t in (0.75, 0.9)},
        "seg_sum": float((iou * covered).sum()),
        "split": int((within.sum(1) > 1).sum()),
        "merged": int((covered.sum(0) > 1).sum()),
    }


@pytest.mark.parametrize("seed", range(5))
def test_random_fields_agree_with_the_definitions(seed: int):
    random = np.random.default_rng(seed)
    truth = np.kron(random.integers(0, 9, (6, 6)), np.ones((4, 4), int))
    found = truth.copy()
    found[:, 9:] = np.roll(truth, random.integers(0, 3), axis=0)[:, 9:]
    found[random.random(found.shape) < 0.15] = 0
    found[found == 3] = 4
    found[:12][found[:12] == 5] = 77
    counts, expected = count_field(truth, found).cells(), slow_counts(truth, found)
    named = {"tp_0.75": "tp_0.75", "tp_0.9": "tp_0.90"}
    for name, value in expected.items():
        assert counts[named.get(name, name)] == pytest.approx(value), name
