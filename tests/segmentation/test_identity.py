"""Ids shared by nuclei and cells, on labels the eye can check."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.segmentation.identity import (
    count_dropped,
    in_raster_order,
    largest_pieces,
    share_ids,
)


def test_nuclei_take_the_id_of_the_cell_that_covers_most_and_are_clipped():
    cells = np.array([[50, 50, 50, 9, 9, 0]])
    nuclei = np.array([[0, 7, 7, 7, 0, 0]])
    matched, numbered = share_ids(nuclei, cells)
    np.testing.assert_array_equal(numbered, [[1, 1, 1, 2, 2, 0]])
    np.testing.assert_array_equal(matched, [[0, 1, 1, 0, 0, 0]])


def test_of_two_nuclei_in_a_cell_the_larger_stays():
    cells = np.ones((1, 6), int)
    nuclei = np.array([[4, 0, 2, 2, 0, 0]])
    matched, _ = share_ids(nuclei, cells)
    np.testing.assert_array_equal(matched, [[0, 0, 1, 1, 0, 0]])
    assert count_dropped(nuclei, matched) == 1


def test_cells_without_nucleus_stay_and_nuclei_without_cell_vanish():
    matched, cells = share_ids(np.array([[3, 0, 0]]), np.array([[0, 0, 5]]))
    assert not matched.any()
    np.testing.assert_array_equal(cells, [[0, 0, 1]])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), ids=st.integers(1, 9))
def test_ids_are_shared_consecutive_and_in_raster_order(seed, ids):
    random = np.random.default_rng(seed)
    nuclei, cells = random.integers(0, ids, (2, 6, 7)) * 1_000_003
    matched, numbered = share_ids(nuclei, cells)
    seen: list[int] = []
    for value in numbered.ravel():
        if value and value not in seen:
            seen.append(int(value))
    assert seen == list(range(1, len(seen) + 1))
    assert (matched[matched > 0] == numbered[matched > 0]).all()
    for cell in seen:
        assert len(np.unique(nuclei[matched == cell])) <= 1
    np.testing.assert_array_equal(numbered > 0, cells > 0)


def test_raster_order_counts_first_pixels():
    np.testing.assert_array_equal(
        in_raster_order(np.array([[0, 9, 2], [4, 9, 2]])), [[0, 1, 2], [3, 1, 2]]
    )


def test_largest_pieces_drops_the_rest_and_never_joins_diagonally():
    labels = np.array([[1, 0, 1, 1], [0, 1, 0, 0], [2, 2, 0, 1]])
    np.testing.assert_array_equal(
        largest_pieces(labels), [[0, 0, 1, 1], [0, 0, 0, 0], [2, 2, 0, 0]]
    )
