"""The gap against plain morphology with explicit disks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import disk

from cytoforge.config.segmentation import GapConfig
from cytoforge.segmentation.disks import dilate_disk, erode_disk
from cytoforge.segmentation.gap import find_gap, gap_radii, gap_regions


def random_mask(seed: int, height: int, width: int, fraction: float) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width)) < fraction


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    fraction=st.sampled_from([0.02, 0.5, 0.9, 0.98, 1.0]),
    radius=st.integers(0, 9),
)
def test_disks_equal_explicit_footprints(seed, height, width, fraction, radius):
    mask = random_mask(seed, height, width, fraction)
    footprint = disk(radius)
    np.testing.assert_array_equal(
        erode_disk(mask, radius), ndimage.binary_erosion(mask, footprint, border_value=1)
    )
    np.testing.assert_array_equal(
        dilate_disk(mask, radius), ndimage.binary_dilation(mask, footprint)
    )


def test_a_disk_holds_offsets_up_to_its_radius_and_no_more():
    point = np.zeros((9, 9), bool)
    point[4, 4] = True
    grown = dilate_disk(point, 2.5)
    assert grown[4, 6]  # distance 2
    assert grown[5, 6]  # sqrt 5 = 2.24
    assert not grown[6, 6]  # sqrt 8 = 2.83


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    radii=st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 6)),
    fraction=st.sampled_from([0.9, 0.99, 1.0]),
)
def test_regions_equal_frame_erode_dilate_erode(seed, radii, fraction):
    free = random_mask(seed, 26, 31, fraction)
    first, second, third = radii
    framed = np.zeros((26 + 2 * first, 31 + 2 * first), bool)
    framed[first:-first, first:-first] = free
    eroded = ndimage.binary_erosion(framed, disk(first))
    big = ndimage.binary_dilation(eroded, disk(second))
    middle = ndimage.binary_erosion(big, disk(third), border_value=1)
    found = gap_regions(free, radii)
    np.testing.assert_array_equal(found[0], big[first:-first, first:-first])
    np.testing.assert_array_equal(found[1], middle[first:-first, first:-first])


def test_radii_in_px_overrule_cell_diameters():
    config = GapConfig(erode_px=7, erode_cells=2, dilate_cells=4.5, erode_again_cells=1.5)
    assert gap_radii(10, config) == (7, 45, 15)


@pytest.fixture
def wound() -> tuple[np.ndarray, np.ndarray]:
    """A field with cells at the left and right edge and one floating in the middle."""
    cells = np.zeros((60, 100), np.int32)
    cells[:, :10], cells[:, 90:], cells[28:32, 48:52] = 1, 2, 3
    nuclei = np.zeros_like(cells)
    nuclei[29:31, 49:51] = 3
    return nuclei, cells


RADII = GapConfig(method="original", erode_px=6, dilate_px=16, erode_again_px=5)


def test_cut_out_leaves_a_hole_in_the_shape_of_the_floating_cell(wound):
    nuclei, cells = wound
    gap = find_gap([nuclei, cells], 10, RADII)
    assert gap[20, 40]
    np.testing.assert_array_equal(gap & (cells > 0), False)


def test_filled_takes_the_floating_cell_and_only_it(wound):
    nuclei, cells = wound
    gap = find_gap([nuclei, cells], 10, RADII.model_copy(update={"floating_cells": "filled"}))
    np.testing.assert_array_equal(gap[cells == 3], True)
    np.testing.assert_array_equal(gap[(cells == 1) | (cells == 2)], False)


def test_free_strips_narrower_than_twice_the_first_radius_are_no_gap():
    cells = np.ones((50, 50), np.int32)
    cells[:, 20:32] = 0
    assert not find_gap([cells], 10, RADII).any()


def tissue(shape: tuple[int, int], *free: tuple[slice, slice]) -> np.ndarray:
    """One label everywhere but in the free boxes."""
    cells = np.ones(shape, np.int32)
    for box in free:
        cells[box] = 0
    return cells


REGION = GapConfig(enabled=True, erode_px=6)


def test_a_region_is_the_whole_wound_from_edge_to_edge_and_no_disc():
    wound = np.s_[:, 40:70]
    cells = tissue((120, 100), wound)
    expected = np.zeros(cells.shape, bool)
    expected[wound] = True
    np.testing.assert_array_equal(find_gap([cells], 10, REGION), expected)


def test_a_region_is_followed_into_its_bays_and_not_through_clefts():
    bay, cleft, pocket = np.s_[20:28, 60:80], np.s_[80:84, 60:75], np.s_[78:88, 75:85]
    cells = tissue((120, 100), np.s_[:, 30:60], bay, cleft, pocket)
    gap = find_gap([cells], 10, REGION)
    assert gap[24, 70]  # 8 px wide: no core, which is wider than 12, but followed
    assert not gap[82, 70]  # 4 px wide
    assert not gap[83, 80]  # behind the cleft, and no core of its own
    assert gap[:, 30:60].all()


def test_two_cell_widths_are_a_gap_by_default_and_one_is_none():
    for width, found in ((20, True), (10, False)):
        cells = tissue((100, 80), np.s_[:, 30 : 30 + width])
        assert find_gap([cells], 10, GapConfig(enabled=True)).any() == found


@pytest.mark.parametrize(("floating", "is_gap"), [("cut_out", False), ("filled", True)])
def test_a_cell_that_floats_in_a_region(wound, floating, is_gap):
    config = REGION.model_copy(update={"floating_cells": floating})
    gap = find_gap(list(wound), 10, config)
    assert gap[30, 50] == is_gap
    assert not gap[:, :10].any()
    assert gap[20, 11:89].all()
