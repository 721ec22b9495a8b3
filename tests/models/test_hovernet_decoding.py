"""HoVer-Net's maps become the same nuclei as by the published loop."""

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.hovernet_decoding import check, made_up_labels, maps_of
from benchmarks.textbook import hovernet_loop
from cytoforge.compute.banded import filtered_strips
from cytoforge.compute.runs import runs_of
from cytoforge.models.hovernet.decoding import HoVerDecoding, edge_strength, nuclei_of, sobel_taps
from cytoforge.models.hovernet.packing import packed
from cytoforge.segmentation.classes import majority


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_the_field_is_decoded_as_by_the_published_loop(seed, noise):
    random = np.random.default_rng(seed)
    labels = made_up_labels(160 + 7 * seed, 24, random)
    assert check(maps_of(labels, random, noise)) > 3


def test_two_nuclei_that_touch_are_two():
    labels = np.zeros((60, 80), int)
    labels[15:45, 15:40], labels[15:45, 40:65] = 1, 2
    maps = maps_of(labels, np.random.default_rng(0), 0.0)
    found = nuclei_of(*maps[:2])
    assert np.array_equal(found > 0, labels > 0)
    assert len(np.unique(found)) == 3
    assert (found == found[30, 20]).sum() == pytest.approx(750, abs=90)


def test_a_seed_around_a_piece_in_its_hole_takes_both():
    probability = np.zeros((41, 41), np.float32)
    probability[5:36, 5:36] = 1
    probability[15:26, 15:26] = 0
    probability[18:23, 18:23] = 1  # an island in the hole
    ramps = np.mgrid[:41, :41].astype(np.float32)[::-1]  # no edge but at the field's own
    found = nuclei_of(probability, ramps)
    assert np.array_equal(found, hovernet_loop.instances(probability, ramps))
    assert found[20, 20] == found[10, 20] > 0


def test_an_empty_field_has_no_nuclei():
    assert not nuclei_of(np.zeros((20, 30), np.float32), np.zeros((2, 20, 30), np.float32)).any()


def test_edges_are_those_of_the_whole_kernel():
    random = np.random.default_rng(1)
    distances = random.normal(size=(2, 40, 33)).astype(np.float32)
    smooth, slope = (np.array(taps) for taps in sobel_taps(21))
    found = []
    kernels = np.outer(smooth, slope), np.outer(slope, smooth)
    for plane, kernel in zip(distances, kernels, strict=True):
        unit = hovernet_loop.unit(plane).astype(float)
        found.append(1 - hovernet_loop.unit(ndimage.correlate(unit, kernel, mode="mirror")))
    some = random.random((40, 33)) < 0.3
    strength = edge_strength(distances, 21, runs_of(some))
    np.testing.assert_allclose(strength, np.maximum(*found)[some], atol=1e-6)


@pytest.mark.parametrize("shape", [(250, 271), (7, 90), (1, 4)])
def test_products_filter_as_scipy_does(shape):
    values = np.random.default_rng(0).normal(size=shape)
    across, down = (1.0, -2.0, 5.0, 0.5, 3.0), (2.0, -1.0, 0.5)
    expected = ndimage.correlate1d(values, across, axis=1, mode="mirror")
    expected = ndimage.correlate1d(expected, down, axis=0, mode="mirror")
    strips = [strip.copy() for _, strip in filtered_strips(values, across, down)]
    np.testing.assert_allclose(np.concatenate(strips), expected, atol=1e-12)


def test_pieces_are_laid_out_as_they_were_and_touch_no_other():
    field = np.zeros((900, 700), int)
    field[3:8, 600:604], field[40:43, 2:690], field[500:899, 5], field[7, 603] = 4, 2, 9, 0
    runs = runs_of(field > 0)
    placed = packed(runs)
    layout = np.zeros(placed.shape, int)
    layout.ravel()[placed.pixels()] = field.ravel()[runs.pixels()]
    assert layout.size < field.size
    parts = ndimage.label(layout, np.ones((3, 3)))[0]
    assert parts.max() == 3
    for number in (2, 4, 9):
        where, there = np.argwhere(field == number), np.argwhere(layout == number)
        assert np.array_equal(where - where[0], there - there[0])


def test_other_values_decode_otherwise():
    probability = np.zeros((20, 20), np.float32)
    probability[5:15, 5:15] = 0.6
    maps = probability, np.mgrid[:20, :20].astype(np.float32)[::-1]
    assert nuclei_of(*maps).any()
    assert not nuclei_of(*maps, HoVerDecoding(nucleus=0.7)).any()


def test_the_ground_gives_way_to_the_runner_up():
    labels = np.array([[1, 1, 1, 1, 2, 2, 0, 3]])
    types = np.array([[0, 0, 0, 4, 2, 2, 5, 0]], np.uint8)
    codes, certain = majority(labels, types, 6)
    assert codes.tolist() == [[4, 4, 4, 4, 2, 2, 0, 0]]
    np.testing.assert_allclose(certain, [[0.25] * 4 + [1, 1, 0, 1]])
