"""Borders between instances, as pix2pixHD sees them, and grain."""

import numpy as np
import pytest
import torch
from skimage.segmentation import find_boundaries

from cytoforge.networks.condition import ConditionSpec, build_condition, grain_by, instance_edges


def edges_of(*maps: list[list[int]]) -> list[list[list[int]]]:
    found = instance_edges(torch.tensor(maps, dtype=torch.int32))
    assert (found.dtype, found.shape[1]) == (torch.float32, 1)
    return found[:, 0].int().tolist()


def test_a_horizontal_border_is_marked_on_both_sides_up_to_the_frame():
    assert edges_of(
        [
            [5, 5, 5],
            [5, 5, 5],
            [7, 7, 7],
            [7, 7, 7],
        ]
    ) == [
        [
            [0, 0, 0],
            [1, 1, 1],
            [1, 1, 1],
            [0, 0, 0],
        ]
    ]


def test_a_vertical_border_is_marked_on_both_sides_up_to_the_frame():
    assert edges_of([[5, 5, 7, 7], [5, 5, 7, 7]]) == [[[0, 1, 1, 0], [0, 1, 1, 0]]]


def test_diagonal_neighbours_are_none():
    assert edges_of(
        [
            [0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0],
            [0, 0, 9, 0, 0],
            [0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0],
        ]
    ) == [
        [
            [0, 0, 0, 0, 0],
            [0, 0, 1, 0, 0],
            [0, 1, 1, 1, 0],
            [0, 0, 1, 0, 0],
            [0, 0, 0, 0, 0],
        ]
    ]


def test_a_diagonal_border_is_two_pixels_wide():
    assert edges_of(
        [
            [1, 2, 2, 2],
            [1, 1, 2, 2],
            [1, 1, 1, 2],
            [1, 1, 1, 1],
        ]
    ) == [
        [
            [1, 1, 0, 0],
            [0, 1, 1, 0],
            [0, 0, 1, 1],
            [0, 0, 0, 1],
        ]
    ]


def test_the_frame_is_no_border_and_tiles_of_a_batch_are_no_neighbours():
    assert edges_of([[3, 3], [3, 3]], [[4, 4], [4, 4]]) == [[[0, 0], [0, 0]]] * 2


@pytest.mark.parametrize("seed", range(8))
def test_random_maps_have_the_borders_that_skimage_finds(seed):
    random = np.random.default_rng(seed)
    shape = (3, *random.integers(1, 20, 2))
    instances = random.integers(0, random.integers(1, 6) + 1, shape).astype(np.int32)
    expected = [find_boundaries(each, connectivity=1, mode="thick") for each in instances]
    found = instance_edges(torch.from_numpy(instances))
    assert np.array_equal(found[:, 0].numpy(), np.stack(expected))


@pytest.mark.parametrize(("channel", "grain_px"), [(0, 1), (1, 2), (2, 4)])
def test_each_channel_has_grains_of_its_size_and_the_same_strength(channel, grain_px):
    grain = grain_by(1, 3, (256, 256))[channel].numpy()
    assert grain.std() == pytest.approx(1, abs=0.05)
    # Squares of s px that overlap by s − d pixels have a correlation of 1 − d / s.
    found = [np.corrcoef(grain[:, d:].ravel(), grain[:, :-d].ravel())[0, 1] for d in (1, 2, 4)]
    assert found == pytest.approx([max(0, 1 - d / grain_px) for d in (1, 2, 4)], abs=0.05)


def test_label_slices_around_are_one_hot_behind_the_labels():
    spec = ConditionSpec(n_codes=3, noise=2, neighbours=1)
    labels = torch.tensor([[[0, 1], [2, 2]]], dtype=torch.uint8)
    around = torch.tensor([[[[1, 1], [0, 2]], [[2, 0], [1, 1]]]], dtype=torch.uint8)
    found = build_condition(spec, labels, noise=torch.ones(1, 2), neighbours=around)
    assert found.shape == (1, spec.channels, 2, 2) and spec.channels == 2 + 3 * 3
    codes = found[0, 2:].reshape(3, 3, 2, 2).argmax(1)  # of the slice, below, above
    assert codes.tolist() == [labels[0].tolist(), *around[0].tolist()]
    assert bool((found[:, 2:].reshape(3, 3, 2, 2).sum(1) == 1).all())
