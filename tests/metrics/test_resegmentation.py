"""Agreement of two segmentations on fields an eye can check."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.resegmentation import (
    agreement,
    crop,
    match_inside,
    matches_inside,
    overall,
)
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.split.region import Region
from tests.segmentations import cells_and_gap


def labels(text: str) -> np.ndarray:
    """Digits to a label map."""
    return np.array([[int(c) for c in line] for line in text.split()], np.int32)


def segmentation(cells: np.ndarray) -> Segmentation:
    return cells_and_gap(cells, cells, cells == 0, 3, 5, "made up")


INNER = labels("00000 01100 01100 00000 00000")


def test_equal_segmentations_agree_fully():
    rows = agreement(segmentation(INNER), segmentation(INNER))
    assert [row["object"] for row in rows] == ["nuclei", "cells", "gap"]
    assert [row["dice"] for row in rows] == [1, 1, 1]
    assert rows[1]["f1"] == 1


def test_a_missed_object_lowers_recall():
    found = np.zeros_like(INNER)
    row = agreement(segmentation(INNER), segmentation(found))[0]
    assert (row["tp"], row["fn"], row["f1"], row["dice"]) == (0, 1, 0, 0)


def counts(truth: np.ndarray, found: np.ndarray, iou: float = 0.5) -> tuple[int, int, int]:
    matching = match_inside(truth, found, iou)
    return matching.tp, matching.fp, matching.fn


STRIP = labels("0000000000 0110022000 0110022000 0000000000 0003300440 0003300440 0000000000")


def test_one_blob_over_the_whole_strip_finds_nothing():
    row = agreement(segmentation(STRIP), segmentation(np.ones_like(STRIP)))[1]
    assert [row[key] for key in ("tp", "fp", "fn", "f1", "f1_80")] == [0, 0, 4, 0, 0]


def test_bars_from_edge_to_edge_find_nothing():
    bars = np.broadcast_to(np.arange(1, 11, dtype=np.int32), STRIP.shape).copy()
    assert counts(STRIP, bars) == (0, 0, 4)
    assert counts(STRIP.T, bars.T) == (0, 0, 4)


def test_every_result_is_counted_out_of_the_same_true_objects():
    random = np.random.default_rng(0)
    for _ in range(20):
        tp, _, fn = counts(STRIP, random.integers(0, 5, STRIP.shape))
        assert tp + fn == 4


def test_several_ious_are_matched_as_one_by_one():
    found = labels("0000000000 0110022000 0111022000 0000000000 0003300400 0003300400 0000000000")
    ious = (0.3, 0.5, 0.75, 1.0)
    matches = matches_inside(STRIP, found, ious)
    assert matches == [match_inside(STRIP, found, iou) for iou in ious]
    assert [match.tp for match in matches] == [4, 4, 3, 2]


def test_only_objects_that_the_edge_cuts_off_in_truth_are_left_out():
    truth, found = labels("11000 11000 00220 00220 00000"), labels("11000 11000 00330 00330 00000")
    assert counts(truth, found) == (1, 0, 0)


def test_what_was_found_of_a_cut_object_is_not_an_error():
    # The true cell touches the edge, its found part does not.
    truth, found = labels("00000 11100 11100 00000"), labels("00000 01100 01100 00000")
    assert counts(truth, found) == (0, 0, 0)


def test_a_found_object_that_reaches_the_edge_counts_where_it_has_a_partner():
    truth, found = labels("00000 01110 01110 00000"), labels("00000 11110 11110 00000")
    assert counts(truth, found) == (1, 0, 0)
    assert counts(truth, found, 0.8) == (0, 0, 1)


def test_an_object_inside_that_is_none_is_an_error():
    truth, found = labels("00000 01100 00000 00000"), labels("00000 01100 00020 00000")
    assert counts(truth, found) == (1, 1, 0)


def counted_by_hand(truth: np.ndarray, found: np.ndarray, iou: float) -> tuple[int, int, int]:
    """The rules once more with sets of pixels; above IoU 0.5 an object has one partner at most."""
    height, width = truth.shape
    rim = {(y, x) for y in range(height) for x in range(width)
           if y in (0, height - 1) or x in (0, width - 1)}  # fmt: skip

    def objects(array: np.ndarray) -> list[set[tuple[int, int]]]:
        return [set(zip(*np.nonzero(array == k), strict=True)) for k in np.unique(array[array > 0])]

    true, seen = objects(truth), objects(found)
    inner, cut = [one for one in true if not one & rim], [one for one in true if one & rim]
    paired = [(a, b) for a in inner for b in seen if len(a & b) >= iou * len(a | b)]
    alone = [b for b in seen if not any(b is partner for _, partner in paired)]
    wrong = [b for b in alone if not b & rim and 2 * len(b & set().union(*cut)) <= len(b)]
    return len(paired), len(wrong), len(inner) - len(paired)


@pytest.mark.parametrize("iou", [0.6, 0.8])
def test_counts_are_those_of_sets_of_pixels(iou: float):
    random, seen = np.random.default_rng(3), set()
    for _ in range(200):
        # Objects of 2 × 2 px; some pixels of the found map belong to another one.
        blocks = np.arange(20).reshape(4, 5) * (random.random((4, 5)) < 0.6)
        truth = np.kron(blocks, np.ones((2, 2), int))[1:, 1:]
        found = np.where(random.random(truth.shape) < 0.12, random.integers(0, 20), truth)
        expected = counted_by_hand(truth, found, iou)
        assert counts(truth, found, iou) == expected
        seen.add(expected)
    assert len(seen) > 20  # of all kinds


def test_a_crop_is_a_part_of_every_plane():
    part = crop(segmentation(INNER), Region("a", "test", 1, 1, 3, 5, "a"))
    assert part["cells"].tolist() == [[1, 1, 0, 0], [1, 1, 0, 0]]
    assert part["gap"].tolist() == [[False, False, True, True]] * 2


def test_overall_pools_counts_and_bounds_f1_over_images():
    table = pd.DataFrame(
        {
            "image": ["a", "b"],
            "group": ["a", "b"],
            "series": "generator",
            "object": "cells",
            "dice": [0.8, 0.6],
            "tp": [8, 2],
            "fp": [2, 0],
            "fn": [0, 2],
            "tp_80": [4, 1],
            "fp_80": [6, 1],
            "fn_80": [4, 3],
        }
    )
    row = overall(table, 0.95).iloc[0]
    assert row["f1"] == pytest.approx(20 / 24)
    assert row["f1_80"] == pytest.approx(10 / 24)
    assert row["dice"] == pytest.approx(0.7)
    assert (row["low"], row["high"]) == (pytest.approx(2 / 3), pytest.approx(8 / 9))
    assert row["interval"] == "range of 2 images"
