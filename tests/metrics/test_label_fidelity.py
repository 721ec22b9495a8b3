"""Levels that come back, on label maps an eye can check."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.metrics.label_fidelity import MapRecipe, label_fidelity_table
from cytoforge.references.bounds import LayerBounds
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap

CONFIG = MetricsConfig()


def recipe(levels: list[dict], **bounds: object) -> MapRecipe:
    reference = {"segmentation": "cells", "levels": levels, **bounds}
    return MapRecipe(WatershedConfig(), ReferenceConfig.model_validate(reference), "dna")


CELLS_ONLY = recipe([{"name": "cell", "region": "cytoplasm"}])
TWO_LAYERS = recipe(
    [
        {"name": "dark", "region": "cytoplasm", "layer": 0},
        {"name": "bright", "region": "cytoplasm", "layer": 1},
    ],
    bounds={"mode": "per_image"},
)


def digits(text: str) -> np.ndarray:
    return np.array([[int(c) for c in line] for line in text.split()], np.uint8)


def counted(asked: str, found: str, image: str = "a", of: MapRecipe = CELLS_ONLY) -> list[dict]:
    place = {"image": image, "group": image, "series": "generator"}
    return [{**place, **row} for row in of.code_counts(digits(asked), digits(found))]


def pooled(rows: list[dict]) -> pd.DataFrame:
    table = label_fidelity_table(rows, CONFIG)
    return table[table["image"] == "all"].set_index("name")


def test_a_map_that_comes_back_whole_has_f1_1():
    assert set(pooled(counted("0011 0011", "0011 0011"))["f1"]) == {1.0}


def test_f1_is_dice_of_the_pixels_of_each_code():
    table = pooled(counted("0011 0011", "0111 0110"))
    # Cells: 3 of 4 found again, 5 rendered. Gap: 2 of 4 found again, 3 rendered.
    assert table.loc["cell", "f1"] == pytest.approx(2 * 3 / (4 + 5))
    assert table.loc["gap", "f1"] == pytest.approx(2 * 2 / (4 + 3))
    assert table.loc["mean of levels", "f1"] == pytest.approx((6 / 9 + 4 / 7) / 2)


def test_images_are_pooled_by_pixels_and_bounded_by_their_own_f1():
    rows = counted("0111", "0111", "a") + counted("0001", "0010", "b")
    cell = pooled(rows).loc["cell"]
    assert cell["f1"] == pytest.approx(2 * 3 / (4 + 4))
    assert (cell["interval"], cell["unit_values"]) == ("range of 2 images", "1 0")
    assert (cell["low"], cell["high"]) == (0, 1)


def test_a_level_of_one_image_alone_has_no_interval():
    rows = counted("0111", "0011", "a") + counted("0000", "0000", "b")
    assert pooled(rows).loc["cell", ["low", "high"]].isna().all()


def test_what_is_found_where_nothing_was_asked_for_counts_in_the_interval_too():
    rows = [row for k in range(7) for row in counted("0011", "0011", f"with{k}")]
    rows += counted("0000", "0011", "without")
    cell = pooled(rows).loc["cell"]
    assert cell["f1"] == pytest.approx(2 * 14 / (14 + 16))
    assert cell["low"] < cell["f1"]  # without the eighth image all would be 1
    assert cell["interval"] == "95 % t interval of 8 images"


def test_a_level_that_was_not_asked_for_is_left_out_of_the_mean():
    table = pooled(counted("0000", "0001"))
    assert "cell" not in table.index
    assert table.loc["mean of levels", "f1"] == table.loc["gap", "f1"]


def test_the_mean_is_over_the_levels_that_every_image_has():
    # Image b has no cells. A mean of gap and cells for a, and of the gap alone for b, would differ
    # by its levels: the mean of both is that of the gap.
    rows = counted("0011", "0111", "a") + counted("0000", "0000", "b")
    table = label_fidelity_table(rows, CONFIG).set_index(["image", "name"])["f1"]
    for image in ("a", "b", "all"):
        assert table[image, "mean of levels"] == table[image, "gap"]


def test_without_a_level_in_every_image_there_is_no_mean():
    table = pooled(counted("0000", "0000", "a") + counted("1111", "1111", "b"))
    assert np.isnan(table.loc["mean of levels", "f1"])
    assert table.loc["mean of levels", "status"].startswith("undefined: no level")


def test_a_skipped_series_says_why_once():
    skipped = {"image": "a", "series": "real", "status": "skipped: no segmenter"}
    table = label_fidelity_table([skipped, {**skipped, "image": "b"}], CONFIG)
    assert table[["image", "series", "status"]].values.tolist() == [
        ["all", "real", "skipped: no segmenter"]
    ]


def two_cells(left: int, right: int) -> tuple[Image, Segmentation]:
    """Two cells of 4 px side by side, each of one grey value."""
    cells = digits("1122 1122").astype(np.int32)
    pixels = np.where(cells == 1, left, right).astype(np.uint8)[None]
    image = Image("a", pixels, ("dna",), (ChannelRange(0, 255, "none"),), None)
    return image, cells_and_gap(0 * cells, cells, cells == 0, 2, 2, "made up")


def test_a_synthetic_image_is_painted_with_the_bounds_of_its_original():
    real, cells = two_cells(50, 150)
    bounds = TWO_LAYERS.bounds_of(real, cells)
    assert bounds is not None and bounds.edges == (150,)
    assert TWO_LAYERS.render(real, cells, bounds).tolist() == [[1, 1, 2, 2]] * 2
    # Bounds of its own would call the brighter of two dark cells bright.
    dark, _ = two_cells(40, 60)
    assert TWO_LAYERS.render(dark, cells, bounds).tolist() == [[1, 1, 1, 1]] * 2


def test_maps_without_layers_need_no_grey_values():
    image, cells = two_cells(1, 2)
    assert CELLS_ONLY.bounds_of(image, cells) is None
    assert CELLS_ONLY.render(image, cells, LayerBounds(())).all()
