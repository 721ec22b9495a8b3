"""Instances as maps that a network learns, and instances of such maps."""

import numpy as np
from skimage.draw import disk

from cytoforge.segmentation.learned.augment import SCALES, cut_tile, other_lamp, other_stain
from cytoforge.segmentation.learned.inputs import contrast_of, transmission_of
from cytoforge.segmentation.learned.maps import (
    Decoding,
    instances_of,
    target_maps,
    without_small,
)
from cytoforge.segmentation.matching import match_instances

TOUCHING = np.array(
    [
        [1, 1, 1, 2, 2, 2, 0],
        [1, 1, 1, 2, 2, 2, 0],
        [1, 1, 1, 2, 2, 2, 0],
    ]
)


def discs(*places: tuple[int, int, int], size: int = 96) -> np.ndarray:
    labels = np.zeros((size, size), np.int32)
    for number, (row, col, radius) in enumerate(places, start=1):
        labels[disk((row, col), radius, shape=labels.shape)] = number
    return labels


def test_objects_that_touch_have_a_rim_between_them():
    classes, _ = target_maps(TOUCHING)
    assert classes.tolist() == [[1, 1, 2, 2, 1, 2, 0]] * 3


def test_the_distance_is_a_fraction_of_each_objects_largest():
    _, distance = target_maps(discs((30, 30, 8), (60, 60, 20)))
    assert distance[30, 30] == distance[60, 60] == 1
    assert 0 < distance[23, 30] < 0.3
    assert distance[0, 0] == 0


def test_maps_of_discs_that_touch_become_these_discs_again():
    labels = discs((30, 30, 12), (30, 53, 12), (70, 40, 15))
    classes, distance = target_maps(labels)
    found = instances_of((classes > 0).astype(np.float32), distance)
    assert found.max() == 3
    assert match_instances(labels, found, iou=0.9).f1 == 1


def test_two_tops_are_one_object_where_the_pass_between_them_is_high():
    distance = np.zeros((20, 40), np.float32)
    distance[5:15, 5:35] = 0.8
    distance[8:12, 8:12] = distance[8:12, 28:32] = 1.0
    found = [
        instances_of((distance > 0).astype(np.float32), distance, Decoding(saddle=saddle)).max()
        for saddle in (0.05, 0.3)
    ]
    assert found == [2, 1]


def test_small_objects_are_left_out_and_the_others_numbered_again():
    labels = np.array([[1, 0, 2, 2], [0, 0, 2, 0], [3, 3, 0, 0]])
    assert without_small(labels, 2).tolist() == [[0, 0, 1, 1], [0, 0, 1, 0], [2, 2, 0, 0]]


def test_contrast_knows_neither_the_lamp_nor_the_camera():
    """A field, and the same brighter, with more contrast and a shading across it."""
    random = np.random.default_rng(0)
    field = random.normal(100, 10, (1, 200, 200))
    ramp = np.linspace(0, 300, 200)
    other = contrast_of(field * 3 + 40 + ramp)[0, 20:-20, 60:-60]
    assert np.corrcoef(contrast_of(field)[0, 20:-20, 60:-60].ravel(), other.ravel())[0, 1] > 0.99


def test_transmission_takes_the_slides_white_for_one():
    dark = np.full((3, 10, 10), 50.0)
    dark[:, :5] = 200.0
    seen = transmission_of(dark)
    assert seen[:, 0, 0].tolist() == [1, 1, 1]
    assert seen[:, 9, 9].tolist() == [0.25, 0.25, 0.25]


def test_a_tile_and_its_labels_are_turned_and_resized_together():
    labels = discs((40, 30, 12), (60, 70, 9))
    pixels = (labels > 0)[None].astype(np.float32)
    for seed in range(12):
        tile, own = cut_tile(pixels, labels, 64, SCALES["stain"], np.random.default_rng(seed))
        assert tile.shape == (1, 64, 64)
        assert ((tile[0] > 0.5) != (own > 0)).mean() < 0.03


def test_other_lamps_change_contrast_and_keep_its_sign():
    pixels = np.zeros((1, 32, 32), np.float32)
    pixels[:, 8:24, 8:24] = 2
    labels = (pixels[0] > 0).astype(np.int32)
    for seed in range(20):
        other = other_lamp(pixels, labels, np.random.default_rng(seed))
        contrast = other[0][labels > 0].mean() - other[0][labels == 0].mean()
        assert 1 < contrast < 3.2


def test_other_stains_show_a_third_of_the_tiles_as_ihc():
    """Violet nuclei on pink: with eosin gone the ground is white, and some nuclei are brown."""
    labels = discs((24, 24, 12), (70, 30, 12), (40, 70, 12), (75, 75, 10))
    pink, violet = np.array([0.9, 0.6, 0.8]), np.array([0.45, 0.3, 0.6])
    slide = np.where((labels > 0)[..., None], violet, pink).transpose(2, 0, 1)
    others = [other_stain(slide, labels, np.random.default_rng(seed)) for seed in range(60)]
    white = [other for other in others if other[:, labels == 0].mean(1).min() > 0.9]
    assert 8 <= len(white) <= 24
    nuclei = [other[:, labels == number].mean(1) for other in white for number in (1, 2, 3, 4)]
    brown = sum(red > blue + 0.1 for red, _, blue in nuclei)
    assert 0.1 < brown / len(nuclei) < 0.6
