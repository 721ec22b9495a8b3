"""The config of label maps that the user has: what goes together, and what each mistake says."""

from pathlib import Path
from typing import Any

import pytest

from cytoforge.config.load import load_config
from cytoforge.config.own_maps import OwnMapConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.segmentation.label_columns import check_label_columns

CLASSES = {"ground": 0, "tumour": [1, 2], "vessel": "#ff0000"}


def config_with(reference: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A config whose only label map is this one."""
    return {
        "references": {"tissue": reference},
        "datasets": {"tiles": {"reference": "tissue"}},
        "models": {"own": {"dataset": "tiles", "model": "pix2pix", "preset": "fast"}},
        **others,
    }


def test_no_segmentation_is_needed():
    config = load_config(config_with({"column": "map", "classes": CLASSES}))
    assert list(config.own_maps) == ["tissue"]
    assert not config.rendered
    assert config.own_maps["tissue"].classes == {
        "ground": 0,
        "tumour": (1, 2),
        "vessel": "#ff0000",
    }


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ({"column": "map"}, "references.tissue.classes: is missing"),
        ({"column": "map", "clases": CLASSES}, "did you mean `classes`?"),
        ({"column": "map", "classes": CLASSES, "levels": 4}, "tissue.levels: unknown key"),
        ({"column": "map", "classes": {"a": 0, "b": None}}, "no value for b; a colour stands in"),
        ({"column": "map", "classes": {"a": 0}}, "needs 2 to 256 classes, not 1"),
        ({"column": "map", "classes": 7}, "the path of a table, or values by class"),
        ({"column": "map", "classes": {"a": 0, "b": [1, 1]}}, "names 1 more than once"),
        ({"levels": 4}, "references.tissue.segmentation: is missing"),
    ],
)
def test_each_mistake_has_its_sentence(reference: dict[str, Any], problem: str):
    with pytest.raises(UserError) as told:
        load_config(config_with(reference))
    assert problem in str(told.value)


def test_what_own_maps_do_not_have_is_refused():
    own = {"column": "map", "classes": CLASSES}
    with pytest.raises(UserError, match="max_gap_fraction: the label map 'tissue'"):
        gap = {"tiles": {"reference": "tissue", "max_gap_fraction": 0.5}}
        load_config(config_with(own, datasets=gap))
    raw = config_with(own, segmentations={"cells": {}})
    raw["references"]["level4"] = {"segmentation": "cells", "levels": 4}
    raw["datasets"]["cells"] = {"reference": "level4"}
    raw["models"]["cells"] = {"dataset": "cells", "model": "pix2pix", "preset": "fast"}
    raw["datasets"]["tiles"]["set"] = "cells"
    with pytest.raises(UserError, match="which nothing can make of set 'cells'"):
        load_config(raw)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"mpa": "a.tif"}, "no column `map`, which references.tissue needs; did you mean `mpa`?"),
        ({"map": ""}, "a: no label file, which references.tissue needs"),
        ({"map": "gone.tif"}, "a: no file gone.tif"),
    ],
)
def test_a_map_for_every_image(columns: dict[str, str], problem: str):
    own = {"tissue": OwnMapConfig(column="map", classes=CLASSES)}
    with pytest.raises(UserError) as told:
        check_label_columns({}, {"a": Sample("a", {"path": "a"}, columns=columns)}, own)
    assert problem in str(told.value)


def test_one_map_for_two_images_is_refused(tmp_path: Path):
    (tmp_path / "map.tif").touch()
    columns = {"map": str(tmp_path / "map.tif")}
    samples = {name: Sample(name, {"path": "a"}, columns=columns) for name in "ab"}
    own = {"tissue": OwnMapConfig(column="map", classes=CLASSES)}
    with pytest.raises(UserError, match="belongs to several images: a, b"):
        check_label_columns({}, samples, own)
