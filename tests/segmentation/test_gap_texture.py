"""The gap by texture: a smooth wound is found in whatever light; scattered cells have none."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.segmentation import GapConfig
from cytoforge.segmentation.gap_of_image import gap_of_bands, gap_of_image
from cytoforge.segmentation.gap_texture import Texture, ask_texture, smooth_region, texture_of
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from tests.segmentation.conftest import image_of

SHAPE = (300, 400)
WOUND = np.s_[:, 150:250]
CONFIG = WatershedConfig(gap=GapConfig(enabled=True, method="texture"))


def scratch(light: np.ndarray | float = 1.0) -> np.ndarray:
    """Return tissue with a wound of 100 px in its middle, float64 (Y, X)."""
    random = np.random.default_rng(5)
    cells = ndimage.gaussian_filter(random.normal(size=SHAPE), 2)
    picture = 100 + 40 * cells / cells.std()
    picture[WOUND] = 100
    return np.maximum(picture + random.normal(0, 1, SHAPE), 1) * light


def gap_in(picture: np.ndarray) -> np.ndarray:
    return gap_of_image(image_of(picture), {}, {}, CONFIG)


def iou(gap: np.ndarray) -> float:
    truth = np.zeros(SHAPE, bool)
    truth[WOUND] = True
    return float((gap & truth).sum() / (gap | truth).sum())


LAMP = np.linspace(0.5, 4, SHAPE[1])


@pytest.mark.parametrize("light", [1.0, LAMP], ids=["even", "lamp"])
def test_a_smooth_wound_is_found_whatever_the_light(light):
    assert iou(gap_in(scratch(light))) > 0.85


def test_a_grain_of_dust_makes_no_hole():
    dusty = scratch()
    dusty[150, 200] = 60
    assert gap_in(dusty)[145:156, 195:206].all()


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (np.full(SHAPE, 9.0), "same everywhere"),
        (np.random.default_rng(1).uniform(0, 255, SHAPE), "nothing is much smoother"),
    ],
    ids=["flat", "noise"],
)
def test_an_image_without_a_wound_has_none(picture, why):
    answer = ask_texture(texture_of(picture, 1), min(SHAPE))
    assert answer.threshold is None
    assert why in answer.why_not
    assert not gap_in(picture).any()


def test_scattered_cells_leave_free_ground_but_no_wound():
    """Rough islands of 20 px, 50 px apart, in smooth ground."""
    islands = np.full(SHAPE, -4.0)
    islands[10:-1:50, 10:-1:50] = 0
    islands = ndimage.maximum_filter(islands, 20) + np.random.default_rng(2).normal(0, 0.2, SHAPE)
    answer = ask_texture(Texture(islands.astype(np.float32), 1), min(SHAPE))
    assert "scattered" in answer.why_not


def test_the_border_of_a_reduced_image_lies_between_its_pixels():
    """Levels 0 and 2 of pixels 2 px wide: the threshold 1 is crossed between their centres."""
    texture = Texture(np.repeat([[0.0] * 10 + [2.0] * 10], 20, axis=0).astype(np.float32), 2)
    region = smooth_region(texture, 1.0, 4, (40, 40))
    np.testing.assert_array_equal(region.any(axis=0), np.arange(40) < 20)


def test_the_test_strip_moves_no_pixel_of_the_training_strip():
    train, test = np.s_[:200, :], np.s_[200:, :]
    picture = scratch()
    changed = picture.copy()
    changed[test] = np.random.default_rng(9).uniform(0, 255, changed[test].shape)
    before, after = (
        gap_of_bands(image_of(one), [train, test], {}, {}, CONFIG) for one in (picture, changed)
    )
    assert before[train].any()
    np.testing.assert_array_equal(before[train], after[train])


def test_a_strip_wholly_in_the_gap_is_gap():
    bands = [np.s_[:, :170], np.s_[:, 170:230], np.s_[:, 230:]]
    gap = gap_of_bands(image_of(scratch()), bands, {}, {}, CONFIG)
    assert gap[:, 170:230].all()
    assert iou(gap) > 0.8


def test_a_derived_channel_of_cells_leaves_the_gap_where_it_was():
    picture = image_of(scratch())
    config = CONFIG.model_copy(update={"cytoplasm_channel": "inverted"})
    whole = [np.s_[:, :]]
    np.testing.assert_array_equal(
        gap_of_bands(picture, whole, {}, {}, config), gap_of_bands(picture, whole, {}, {}, CONFIG)
    )
