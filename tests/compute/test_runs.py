"""Pieces of a mask by its runs are those that SciPy labels."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.compute.runs import runs_of


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("shape", [(40, 31), (1, 9), (9, 1)])
def test_pieces_have_the_numbers_that_scipy_gives(share, shape):
    mask = np.random.default_rng(0).random(shape) < share
    runs = runs_of(mask)
    assert np.array_equal(runs.picture_of(runs.piece), ndimage.label(mask)[0])


def test_small_pieces_go_and_the_others_keep_their_numbers():
    mask = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1]], bool)
    large = runs_of(mask).large(2)
    assert large.picture_of(large.piece).tolist() == [[0, 0, 2, 2], [0, 0, 2, 0], [3, 3, 0, 0]]


def test_pixels_are_those_of_the_mask_row_by_row():
    mask = np.random.default_rng(1).random((12, 7)) < 0.5
    runs = runs_of(mask)
    assert np.array_equal(runs.pixels(), np.flatnonzero(mask))
    assert np.array_equal(runs.rows(), np.nonzero(mask)[0])


def test_runs_of_two_masks_touch_where_they_share_pixels():
    one, other = (runs_of(mask) for mask in np.random.default_rng(2).random((2, 15, 20)) < 0.4)
    pairs = set(zip(*(numbers.tolist() for numbers in one.touching(other)), strict=True))
    number_of = [runs.picture_of(np.arange(1, 1 + len(runs.first))) for runs in (one, other)]
    both = (number_of[0] > 0) & (number_of[1] > 0)
    shared = np.stack([numbers[both] for numbers in number_of], 1) - 1
    assert pairs == set(map(tuple, shared.tolist()))
