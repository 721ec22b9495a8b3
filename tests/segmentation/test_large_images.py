"""Large images are segmented in overlapping blocks: the same objects as in one piece."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.segmentation import GapConfig
from cytoforge.segmentation import identity, large_images
from cytoforge.segmentation.cells import expand_nuclei
from cytoforge.segmentation.disks import dilate_disk, erode_disk
from cytoforge.segmentation.identity import in_raster_order, share_ids
from cytoforge.segmentation.large_images import blocks, find_in_blocks, map_blocks
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.moments import label_moments
from cytoforge.segmentation.overlay import overlay
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import image_of


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch):
    """Blocks of 300 px and strips of 4000 pixels, so that small pictures are large ones."""
    monkeypatch.setattr(large_images, "BLOCK_PX", 300)
    monkeypatch.setattr(identity, "_STRIP_PIXELS", 4000)


@pytest.fixture(scope="module")
def crowded():
    """A field of 480 × 500 px of nuclei in cytoplasm; the first block of 250 px is empty."""
    rng = np.random.default_rng(1)
    centres = np.ones((480, 500), bool)
    for row in range(15, 480, 27):
        for col in range(15, 500, 27):
            place = np.add((row, col), rng.integers(-5, 5, 2))
            centres[tuple(place)] = max(place) < 260
    distance = ndimage.distance_transform_edt(centres)
    noise = rng.normal(0, 1, (2, *distance.shape))
    nuclei = 10 + 100 * (distance < 6.5) + noise[0]
    return image_of(nuclei, 10 + 60 * (distance < 11) + noise[1])


def test_cores_cover_an_image_once():
    counts = np.zeros((10_000, 4097), np.int8)
    for block in blocks(counts.shape, 64):
        counts[block.core] += 1
        assert counts[block.outer][block.inner].shape == counts[block.core].shape
    assert (counts == 1).all()


def test_an_object_on_a_border_is_found_once(small_blocks):
    labels = np.zeros((600, 20), np.int32)
    labels[290:310, 5:15] = 1  # blocks end at row 300
    labels[50:60, 5:15] = 2
    parts = blocks(labels.shape, 40)
    found = find_in_blocks(lambda block: labels[block.outer], parts, labels.shape, near_px=3)
    np.testing.assert_array_equal(in_raster_order(found), in_raster_order(labels))


def test_an_object_that_each_block_leaves_to_the_other_is_not_lost(small_blocks):
    """The upper block sees it begin in row 300, the lower one in row 299."""
    parts = blocks((600, 20), 40)

    def find(block):
        labels = np.zeros((600, 20), np.int32)
        labels[300 - (block.core[0].start > 0) : 310, 5:15] = 1
        return labels[block.outer]

    found = find_in_blocks(find, parts, (600, 20), near_px=3)
    assert found.max() == 1
    assert (found[300:310, 5:15] == 1).all()


def test_morphology_and_distances_are_the_whole_images(small_blocks):
    mask = ndimage.gaussian_filter(np.random.default_rng(0).random((700, 640)), 6) > 0.505
    for operation in (erode_disk, dilate_disk):
        in_blocks = operation(mask, 9.5)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(large_images, "BLOCK_PX", 4096)
            np.testing.assert_array_equal(in_blocks, operation(mask, 9.5))
    nothing = np.zeros((700, 640), bool)
    nothing[0, 0] = True  # only one block has anything
    assert dilate_disk(nothing, 3).sum() == 11  # a quarter of a disk of radius 3


def test_nuclei_grow_over_borders(small_blocks):
    nuclei = np.zeros((640, 30), np.int32)
    nuclei[310:318, 10:18] = 1
    reach = ndimage.distance_transform_edt(nuclei == 0) <= 15
    np.testing.assert_array_equal(expand_nuclei(nuclei, 15) > 0, reach)


def test_the_objects_of_a_large_image_are_those_of_one_piece(crowded):
    config = WatershedConfig(gap=GapConfig(enabled=True))
    whole = segment(crowded, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_images, "BLOCK_PX", 250)
        patch.setattr(identity, "_STRIP_PIXELS", 4000)
        parts = segment(crowded, config)
    assert len(np.unique(whole["nuclei"])) > 200
    for name in ("nuclei", "cells"):
        assert parts[name].max() == whole[name].max()
        assert match_instances(whole[name], parts[name], 0.9).f1 == 1
        assert np.mean((parts[name] > 0) == (whole[name] > 0)) > 0.999
    assert np.mean(parts["gap"] == whole["gap"]) > 0.999
    assert whole["gap"].any()


def test_sums_over_strips_are_the_whole_images(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(2)
    inner, outer = rng.integers(0, 9, (2, 90, 80), dtype=np.int32)
    whole = [*share_ids(inner, outer), *vars(label_moments(inner)).values()]
    monkeypatch.setattr(identity, "_STRIP_PIXELS", 333)
    strips = [*share_ids(inner, outer), *vars(label_moments(inner)).values()]
    for one, other in zip(whole, strips, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_overlay_in_strips_is_that_of_one_piece(crowded, monkeypatch: pytest.MonkeyPatch):
    found = segment(crowded, WatershedConfig(nucleus_diameter_px=13.0))
    whole = overlay(crowded, found)
    monkeypatch.setattr(identity, "_STRIP_PIXELS", 500 * 128)
    strips = overlay(crowded, found)
    # The black level is a percentile of a smoothed image, which strips smooth apart.
    assert np.abs(strips.astype(int) - whole).max() <= 2


def test_a_map_is_the_functions_of_the_whole(small_blocks):
    image = np.random.default_rng(5).random((450, 500))
    result = map_blocks(lambda part: ndimage.maximum_filter(part, 21), 10, image)
    np.testing.assert_array_equal(result, ndimage.maximum_filter(image, 21))
