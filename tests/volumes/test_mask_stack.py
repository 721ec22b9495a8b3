"""Masks slice by slice give the voxels of SciPy on whole volumes."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.volumes.mask_stack import MaskStack, largest_piece, near, opened

ZOOMS = (2.5, 1.0, 1.5)


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """Return bool (9, 30, 25): pieces of several slices, one slice empty and one full."""
    mask = ndimage.gaussian_filter(np.random.default_rng(4).normal(size=(9, 30, 25)), 1.5) > 0.02
    mask[3], mask[6] = False, True
    return mask


def test_what_is_packed_comes_back(blobs: np.ndarray):
    packed = MaskStack(blobs)
    assert np.array_equal(np.stack(list(packed)), blobs)
    assert packed.counts == blobs.sum((1, 2)).tolist()


@pytest.mark.parametrize("radius", [1.0, 2.5, 4.0, 7.6])
def test_near_is_the_distance_in_three_dimensions(blobs: np.ndarray, radius: float):
    distance = ndimage.distance_transform_edt(~blobs, sampling=ZOOMS)
    assert np.array_equal(np.stack(list(near(blobs, ZOOMS, radius))), distance <= radius)


def test_nothing_is_near_an_empty_mask():
    assert not np.stack(list(near(np.zeros((3, 4, 4), bool), ZOOMS, 9))).any()


@pytest.mark.parametrize("radius", [1.6, 3.0])
def test_an_opening_is_that_of_the_whole(blobs: np.ndarray, radius: float):
    core = ndimage.distance_transform_edt(blobs, sampling=ZOOMS) > radius
    expected = blobs & (ndimage.distance_transform_edt(~core, sampling=ZOOMS) <= radius)
    assert np.array_equal(np.stack(list(opened(MaskStack(blobs), ZOOMS, radius))), expected)


def test_the_largest_piece_is_that_of_the_whole(blobs: np.ndarray):
    blobs = blobs.copy()
    blobs[6] &= blobs[5]  # else the full slice joins all that touches it
    pieces, _ = ndimage.label(blobs)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    found = np.stack(list(largest_piece(MaskStack(blobs))))
    assert np.array_equal(found, pieces == sizes.argmax())


def test_a_ring_whose_arms_meet_later_is_one_piece():
    mask = np.zeros((3, 5, 7), bool)
    mask[:2, 2, [1, 5]] = True  # two arms, which the last slice joins
    mask[2, 2, 1:6] = True
    mask[0, 0, :3] = mask[1, 0, :3] = True  # a smaller piece
    found = np.stack(list(largest_piece(MaskStack(mask))))
    assert found.sum() == 9 and not found[:, 0].any()
