"""Models that learn instances and segmentations that use them, found right or wrong beforehand."""

from typing import Any

import pytest

from cytoforge.config.defaults import COMPARE
from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.segmentation.methods.trained.config import TrainedConfig


def config_with(model: str = "found", **blocks: dict[str, Any]) -> dict[str, Any]:
    """A config in which `unet` learns the cells of `cells`, and `again` uses it."""
    raw = {key: dict(value) if isinstance(value, dict) else value for key, value in COMPARE.items()}
    dataset = next(iter(raw["datasets"]))
    raw["models"] = {**raw["models"], "found": {"model": "unet", "dataset": dataset}}
    raw["segmentations"]["again"] = {"method": "trained", "model": model}
    for section, block in blocks.items():
        raw[section] = {**raw[section], **block}
    return raw


def problems_of(raw: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        load_config(raw)
    return str(caught.value)


def test_a_segmentation_by_a_model_that_another_one_has_taught_is_fine():
    config = load_config(config_with())
    assert config.segmentations["again"].model == "found"


def test_a_model_is_shown_what_it_has_learned_from():
    raw = config_with(images={"shading": "per_image"})
    assert "segmentations.again: `trained` learns from stored pixels" in problems_of(raw)
    load_config(config_with(images={"shading": "per_image", "correct_pixels": True}))


def test_a_mistyped_model_is_named_with_the_nearest():
    text = problems_of(config_with("fond"))
    assert "segmentations.again.model: no block 'fond'" in text
    assert "`found`" in text


def test_a_generator_finds_no_cells():
    raw = config_with()
    generator = next(name for name in raw["models"] if name != "found")
    raw["segmentations"]["again"]["model"] = generator
    assert "needs a model of task image_to_instances" in problems_of(raw)


def test_boxes_have_no_mean_over_flips():
    raw = config_with()
    raw["segmentations"]["again"]["flips"] = 4
    load_config(raw)
    raw["models"]["found"]["model"] = "mask_rcnn"
    assert "segmentations.again.flips: model 'found' finds boxes" in problems_of(raw)


def test_one_look_is_written_down_as_before_there_were_flips():
    once, often = (TrainedConfig(model="found", flips=count).model_dump() for count in (1, 4))
    assert set(often) - set(once) == {"flips"}


def test_a_model_that_learns_from_its_own_segmentation_is_a_loop():
    reference = {"segmentation": "again", "levels": 4}
    raw = config_with(
        references={"own": reference},
        datasets={"own": {"reference": "own", "tile_px": 128}},
        models={"found": {"model": "unet", "dataset": "own"}},
    )
    text = problems_of(raw)
    assert "a loop of names" in text
    for step in ("segmentations.again needs models.found", "references.own needs segmentations."):
        assert step in text


def test_no_set_is_made_of_instances():
    raw = config_with(sets={"more": {"images_by": "found", "maps": "real"}})
    assert "model 'found' makes instance labels" in problems_of(raw)


def test_unlabelled_pixels_need_a_level():
    raw = config_with()
    raw["models"]["found"]["training"] = {"ignore_label": "unlabelled"}
    assert "no level 'unlabelled'" in problems_of(raw)
