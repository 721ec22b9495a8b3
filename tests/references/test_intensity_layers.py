"""Means, layers and centroids of cells."""

import numpy as np

from cytoforge.references.intensity_layers import NO_LAYER, cell_means, centroids, layer_of_cells

CELLS = np.array([[1, 1, 1, 0, 4, 4]], dtype=np.int32)
NUCLEI = np.array([[0, 0, 1, 0, 4, 4]], dtype=np.int32)
GREY = np.array([[10, 20, 250, 99, 50, 60]], dtype=np.float32)


def test_mean_leaves_out_the_nucleus():
    assert cell_means(CELLS, NUCLEI, GREY)[1] == 15


def test_background_absent_labels_and_all_nucleus_cells_have_no_mean():
    assert np.isnan(cell_means(CELLS, NUCLEI, GREY)[[0, 2, 3, 4]]).all()


def test_means_of_an_image_without_cells():
    empty = np.zeros((2, 3), np.int32)
    assert np.isnan(cell_means(empty, empty, np.ones((2, 3), np.float32))).all()


def test_means_equal_a_loop_over_labels(make_field):
    seg, grey = make_field(11, height=50, width=60, n_cells=30)
    means = cell_means(seg["cells"], seg["nuclei"], grey)
    for label in np.unique(seg["cells"])[1:]:
        values = grey[(seg["cells"] == label) & (seg["nuclei"] == 0)]
        expected = values.mean(dtype=np.float64) if values.size else np.nan
        np.testing.assert_array_equal(means[label], expected)


def test_a_bound_belongs_to_the_layer_above_it():
    layers = layer_of_cells(np.array([54.9, 55, 69.9, 70, 95, 300]), (55, 70, 95))
    assert layers.tolist() == [0, 1, 1, 2, 3, 3]


def test_cell_without_a_mean_has_no_layer():
    assert layer_of_cells(np.array([np.nan, 60.0]), (55,)).tolist() == [NO_LAYER, 1]


def test_centroids_are_mean_row_and_column():
    labels = np.array([[0, 3, 3], [0, 0, 3], [1, 0, 0]])
    found = centroids(labels)
    assert found[1].tolist() == [2, 0]
    np.testing.assert_allclose(found[3], [1 / 3, 5 / 3])
    assert np.isnan(found[[0, 2]]).all()
