"""Rims and their widening."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from cytoforge.references.rims import dilate, rims

CROSS = ndimage.generate_binary_structure(2, 1)
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)


def test_touching_cells_both_have_a_rim_and_the_last_label_too():
    labels = np.array([[1, 1, 1, 2, 2, 2]] * 3)
    assert rims(labels).astype(int).tolist() == [[0, 0, 1, 1, 0, 0]] * 3


def test_cut_cell_has_an_edge_rim_only_on_request():
    labels = np.ones((3, 4), dtype=np.int32)
    assert not rims(labels).any()
    assert rims(labels, edge_rims=True).astype(int).tolist() == [
        [1, 1, 1, 1],
        [1, 0, 0, 1],
        [1, 1, 1, 1],
    ]


def test_diagonal_neighbour_makes_no_rim():
    labels = np.ones((3, 3), dtype=np.int32)
    labels[0, 0] = 2
    assert not rims(labels)[1, 1]


@given(arrays(np.int32, SHAPES, elements=st.integers(0, 4)), st.booleans())
@settings(max_examples=150, deadline=None)
def test_rims_are_each_label_minus_its_erosion(labels, edge_rims):
    expected = np.zeros(labels.shape, dtype=bool)
    for label in range(1, labels.max(initial=0) + 1):
        mask = labels == label
        eroded = ndimage.binary_erosion(mask, CROSS, border_value=0 if edge_rims else 1)
        expected |= mask & ~eroded
    np.testing.assert_array_equal(rims(labels, edge_rims), expected)


@given(arrays(np.bool_, SHAPES), st.integers(0, 20))
@settings(max_examples=150, deadline=None)
def test_dilation_is_n_times_the_full_square(mask, radius):
    expected = mask.copy()
    for _ in range(radius):
        expected = ndimage.binary_dilation(expected, np.ones((3, 3)))
    np.testing.assert_array_equal(dilate(mask, radius), expected)


def test_dilation_leaves_its_input_alone():
    mask = np.eye(5, dtype=bool)
    dilate(mask, 1)
    np.testing.assert_array_equal(mask, np.eye(5, dtype=bool))
