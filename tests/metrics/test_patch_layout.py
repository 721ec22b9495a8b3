"""Reduced patches, their likeness in every symmetry, and where pieces lie."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.patch_layout import most_alike, overlap, pieces, pieces_ids, reduced


def test_a_patch_is_averaged_to_eight_by_eight():
    patch = np.kron(np.arange(64).reshape(8, 8), np.ones((2, 2)))[None, None]
    assert reduced(patch)[0, 0].tolist() == np.arange(64.0).reshape(8, 8).tolist()


def test_a_side_that_eight_does_not_divide_keeps_its_mean_grey():
    assert reduced(np.full((2, 1, 13, 13), 0.25)) == pytest.approx(np.full((2, 1, 8, 8), 0.25))


def test_the_best_of_all_symmetries_counts_whatever_contrast_and_brightness():
    corner = np.zeros((1, 1, 8, 8))
    corner[0, 0, 0, 0] = 1
    below = np.zeros((1, 1, 8, 8))
    below[0, 0, 7, 0] = 1
    found = most_alike(0.2 * corner + 0.5, below, np.ones((1, 1), bool))
    assert found.correlation.tolist() == pytest.approx([1])
    assert found.symmetry.tolist() == ["90°"]


def test_what_may_not_be_compared_is_not():
    both = np.random.default_rng(0).normal(size=(2, 1, 8, 8))
    found = most_alike(both, both, ~np.eye(2, dtype=bool))
    assert found.index.tolist() == [1, 0]
    nothing = most_alike(both, both, np.zeros((2, 2), bool))
    assert (nothing.correlation == -1).all()
    assert set(nothing.symmetry) == {""}


def test_pieces_and_their_places_go_row_by_row():
    patch = np.arange(16).reshape(1, 1, 4, 4)
    assert pieces(patch, 2)[:, 0].tolist() == [
        [[0, 1], [4, 5]],
        [[2, 3], [6, 7]],
        [[8, 9], [12, 13]],
        [[10, 11], [14, 15]],
    ]
    ids = pieces_ids(pd.DataFrame({"image": ["a"], "row": [100], "col": [7]}), 4, 2)
    assert ids[["row", "col"]].values.tolist() == [[100, 7], [100, 9], [102, 7], [102, 9]]


def test_patches_share_pixels_in_one_image_within_a_side():
    at = pd.DataFrame({"image": ["a", "a", "b"], "row": [0, 4, 0], "col": [0, 3, 0]})
    assert overlap(at, at, 4).tolist() == np.eye(3, dtype=bool).tolist()
    assert overlap(at, at, 5)[0].tolist() == [True, True, False]
