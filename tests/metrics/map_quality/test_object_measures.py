"""Sizes, outlines and neighbours of objects, and that the size of a field does not change them."""

import numpy as np
import pytest

from cytoforge.metrics.map_quality.map_fields import MapField, pooled
from cytoforge.metrics.map_quality.object_measures import (
    dropped_pieces,
    neighbour_distances,
    object_samples,
    pair_distances,
    whole_objects,
)
from tests.metrics.map_quality.made_up_maps import disks


def samples(labels: np.ndarray):
    field = MapField("a", "a", np.zeros(labels.shape, np.uint8), {"cells": labels})
    return object_samples(field, "cells", reach_px=50, typical_px=12)


def test_a_square_and_an_l_have_their_areas_and_solidity():
    labels = np.zeros((12, 20), np.int32)
    labels[2:6, 2:6] = 1
    labels[2:8, 10:12] = labels[6:8, 10:16] = 2  # an L of 6 × 6 with arms of 2
    found = samples(labels)
    assert found["area"].values.tolist() == [16, 20]
    # The hull of the L lacks a triangle of 4 × 4 / 2 of its square of 36.
    assert found["solidity"].values.tolist() == pytest.approx([1, 20 / 28])
    assert found["eccentricity"].values[0] == 0
    assert found["contacts"].values.tolist() == [0, 0]


def test_objects_with_a_line_between_them_touch():
    labels = np.zeros((10, 12), np.int32)
    labels[2:8, 2:5], labels[2:8, 6:9] = 1, 2
    assert samples(labels)["contacts"].values.tolist() == [1, 1]


def test_what_the_edge_cuts_has_no_outline():
    labels = np.zeros((10, 12), np.int32)
    labels[0:4, 2:6], labels[5:8, 5:8] = 1, 2
    assert whole_objects(labels)[0].tolist() == [2]


def test_weights_undo_that_small_fields_show_large_objects_seldom_whole():
    """Half of the objects are large, in windows far smaller than what they are cut from too."""
    random, large, small = np.random.default_rng(1), 12.0, 3.0
    whole = []
    for _ in range(40):
        centres = random.uniform(-10, 58, (8, 2))
        y, x = np.indices((48, 48))
        for (row, col), radius in zip(centres, [large, small] * 4, strict=True):
            inside = (y - row) ** 2 + (x - col) ** 2 <= radius**2
            if inside.any():  # one by one: nothing hides anything
                whole.append(samples(np.where(inside, 1, 0).astype(np.int32))["area"])
    both = pooled(whole)
    is_large = both.values > 200
    assert is_large.mean() < 0.35
    assert both.weights[is_large].sum() / both.weights.sum() == pytest.approx(0.5, abs=0.08)


def test_neighbours_are_those_seen_for_certain():
    field = disks("a", [(20, 20), (20, 30), (70, 48), (4, 90)], 3)
    found = neighbour_distances(field.objects["cells"])
    # The third's neighbour is 41 px away and the edge 26, the fourth's lies beyond the edge.
    assert found.values.tolist() == [10, 10]
    assert found.weights.tolist() == pytest.approx([(96 / 76) ** 2] * 2)


def test_pairs_of_points_that_know_nothing_of_each_other_are_spread_evenly():
    random, found = np.random.default_rng(2), []
    for _ in range(80):
        labels = np.zeros((64, 64), np.int32)
        places = random.choice(labels.size, 60, replace=False)
        labels.flat[places] = np.arange(1, 61)
        found.append(pair_distances(labels, 30))
    both = pooled(found)
    counts, _ = np.histogram(both.values, [6, 12, 18, 24, 30], weights=both.weights)
    assert counts / counts.sum() == pytest.approx([0.25] * 4, abs=0.01)


def test_cleaning_drops_loose_parts_and_specks_but_nothing_at_the_edge():
    labels = np.zeros((12, 24), np.int32)
    labels[2:6, 2:6], labels[8:9, 2:4] = 1, 1  # a loose part
    labels[2:6, 10:14] = 2
    labels[9, 12] = 3  # a speck
    labels[0:3, 20:22], labels[6, 20] = 4, 4  # in two parts, but cut
    assert dropped_pieces(labels, typical_px=16).values.tolist() == [100, 0, 100, 0]


def test_a_map_without_objects_has_empty_samples():
    empty = samples(np.zeros((20, 20), np.int32))
    assert {key: len(sample.values) for key, sample in empty.items()} == dict.fromkeys(empty, 0)
