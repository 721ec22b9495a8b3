"""Covers, holes and counts by window: the same for fields of any size."""

import numpy as np
import pytest

from cytoforge.metrics.map_quality.class_measures import class_samples, count_holes, count_sample
from cytoforge.metrics.map_quality.map_fields import windows
from tests.metrics.map_quality.made_up_maps import CODES, disks


def test_covers_of_a_window_are_percent_and_make_up_all_of_it():
    field = disks("a", [(32, 32)], 10, (64, 128))
    found = class_samples(field, CODES, 64)
    assert found["cover gap"].values.tolist() == [0, 0]
    assert found["cover background"].values[1] == 100
    total = sum(found[f"cover {code.name}"].values for code in CODES)
    assert total == pytest.approx([100, 100])


def test_holes_are_those_inside_a_window():
    mask = np.ones((9, 18), bool)
    mask[2:4, 2:4] = mask[6, 6] = mask[4, 12] = False
    mask[0, 15] = False  # open to the edge
    assert count_holes(mask) == 3
    # Diagonal ground belongs together, as the mask's own pixels do not.
    mask[5, 13] = False
    assert count_holes(mask) == 3


def test_every_cell_with_a_nucleus_is_a_hole_of_cytoplasm():
    field = disks("a", [(20, 20), (20, 60), (60, 40)], 8)
    found = class_samples(field, CODES, 96)
    assert found["holes cytoplasm"].values.tolist() == pytest.approx([3 * 1e4 / 96**2])
    assert found["holes nucleus"].values.tolist() == [0]


def test_each_object_is_counted_once_in_fields_that_lie_side_by_side():
    """A plane of cells cut into four: what is cut belongs to one of its halves."""
    random = np.random.default_rng(3)
    centres = [(r, c) for r in range(8, 184, 16) for c in range(8, 184, 16)]
    moved = (np.array(centres) + random.uniform(-2, 2, (121, 2))).tolist()
    plane = disks("plane", moved, 5, (184, 184)).objects["cells"]
    parts = [plane[rows, cols] for rows, cols in windows(plane.shape, 92)]
    counted = 0.0
    for part in parts:
        field = disks("part", [], 5, (92, 92))
        sample = count_sample(
            type(field)("part", "part", field.labels, {"cells": np.ascontiguousarray(part)}),
            "cells",
            46,
        )
        counted += sample.values.sum() * 46**2 / 1e4
    # No cell is cut by the plane's own edge, so the four counts are all of them.
    assert round(counted) == len(np.unique(plane)) - 1


def test_a_count_is_by_area():
    centres = [(12 + 24 * r, 12 + 24 * c) for r in range(4) for c in range(4)]
    found = count_sample(disks("a", centres, 5), "cells", 48)
    assert found.values.tolist() == pytest.approx([4 * 1e4 / 48**2] * 4)
