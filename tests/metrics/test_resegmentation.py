"""Agreement of two segmentations on fields an eye can check."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.resegmentation import agreement, crop, inner_objects, overall
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


def test_objects_cut_by_the_edge_are_not_counted():
    truth, found = labels("11000 11000 00220 00220 00000"), labels("11000 11000 00330 00330 00000")
    kept = inner_objects(truth, found)
    assert [np.unique(side).tolist() for side in kept] == [[0, 2], [0, 3]]


def test_what_was_found_of_a_cut_object_is_not_an_error():
    # The true cell touches the edge, its found part does not.
    truth, found = labels("00000 11100 11100 00000"), labels("00000 01100 01100 00000")
    assert [side.max() for side in inner_objects(truth, found)] == [0, 0]


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
        }
    )
    row = overall(table, 0.95).iloc[0]
    assert row["f1"] == pytest.approx(20 / 24)
    assert row["dice"] == pytest.approx(0.7)
    assert (row["low"], row["high"]) == (pytest.approx(2 / 3), pytest.approx(8 / 9))
    assert row["interval"] == "range of 2 images"
