"""A wrong config is answered with every problem, its path and the nearest valid name."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config, training_config
from cytoforge.errors import UserError

CONFIGS = Path(__file__).parents[2] / "config"


@pytest.fixture
def raw() -> dict[str, Any]:
    return deepcopy(SHIPPED)


def as_written(example: str) -> dict[str, Any]:
    return yaml.safe_load((CONFIGS / f"{example}.yaml").read_text(encoding="utf-8"))


def problems_of(raw: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        load_config(raw)
    return str(caught.value)


def test_the_shipped_config_is_valid(raw):
    config = load_config(raw)
    assert list(config.models) == ["pix2pix4", "pix2pix7", "pix2pix9", "pix2pixhd7"]


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.yaml")))
def test_every_config_that_comes_along_is_valid(name: str):
    assert load_config(as_written(name)).models


def test_all_problems_are_reported_at_once(raw):
    raw["sed"] = 3
    raw["segmentations"]["cells"]["nucleus_diam_px"] = 12
    raw["datasets"]["tiles4"]["tile_px"] = 100
    text = problems_of(raw)
    assert "3 problems" in text
    assert "sed: unknown key; did you mean `seed`?" in text
    assert "segmentations.cells.nucleus_diam_px: unknown key" in text
    assert "did you mean `nucleus_diameter_px`?" in text
    assert "datasets.tiles4.tile_px: must be a multiple of 16, e.g. 96; got 100" in text


def test_mistakes_of_all_blocks_are_reported_at_once():
    """Also those that could be checked only if what comes before them were right."""
    raw = as_written("cellgen")
    raw["sed"] = 3
    raw["images"]["chanels"] = raw["images"].pop("channels")
    raw["segmentations"]["of_real"]["model"] = "unet_reel"
    raw["references"]["level7"]["segmentation"] = "cels"
    raw["datasets"]["made7"]["set"] = "mad"
    raw["models"]["unet_real"]["training"]["learing_rate"] = 1e-3
    raw["models"]["gan"] = {"model": "stylegan3-x", "dataset": "tiles7"}
    raw["sets"]["drawn"]["like"] = "tiles"
    raw["sets"]["spotted"]["sum"] = ["made", "spts"]
    raw["sets"]["spots"]["spots"]["photon"] = raw["sets"]["spots"]["spots"].pop("photons")
    raw["benchmarks"]["on_made"]["segmentations"][1] = "of_rael"
    raw["benchmarks"]["on_real"]["truth"] = "exact"
    raw["utility"]["cells"] |= {"synthetic": "maed", "truth": "cell"}
    raw["metrics"]["patch_px"] = 10
    text = problems_of(raw)
    assert "15 problems" in text, text
    for path, hint in {
        "sed": "`seed`",
        "images.chanels": "`channels`",
        "segmentations.of_real.model": "`unet_real`",
        "references.level7.segmentation": "`cells`",
        "datasets.made7.set": "`made`",
        "models.unet_real.training.learing_rate": "`learning_rate`",
        "models.gan.model": "`stylegan3-t`",
        "sets.drawn.like": "`tiles7`",
        "sets.spotted.sum": "`spots`",
        "sets.spots.spots.photon": "`photons`",
        "benchmarks.on_made.segmentations": "`of_real`",
        "benchmarks.on_real.truth": "no exact truth",
        "utility.cells.synthetic": "`made`",
        "utility.cells.truth": "`cells`",
        "metrics.patch_px": "at least 32",
    }.items():
        said = [line for line in text.splitlines() if line.startswith(f"    - {path}: ")]
        assert len(said) == 1 and hint in said[0], (path, text)


@pytest.mark.parametrize(
    ("block", "value"),
    [("drawn", 5), ("drawn", {"maps_by": "shapes", "like": "tiles7"}), ("made", {"count": 3})],
)
def test_what_needs_a_wrong_block_is_no_mistake_of_its_own(block, value):
    raw = as_written("cellgen")
    raw["sets"][block] = value
    assert "1 problem\n" in problems_of(raw)


def test_training_is_checked_beside_other_problems(raw):
    raw["sed"] = 3
    raw["models"]["pix2pix4"]["model"] = "pix2pxi"
    raw["models"]["pix2pix7"]["training"] = {"learing_rate": 1e-4}
    raw["models"]["pix2pix9"] = 5
    text = problems_of(raw)
    assert "4 problems" in text
    assert "models.pix2pix4.model: no model 'pix2pxi'" in text
    assert "models.pix2pix7.training.learing_rate: unknown key" in text


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (8, "must be 4, 7 or 9, or a list; got 8"),
        ([{"name": "a", "region": "cytoplsm"}], "offers no region 'cytoplsm'"),
        ([], "1 or more entries"),
    ],
)
def test_a_wrong_choice_is_one_problem_not_one_a_kind_of_value(raw, levels, message):
    raw["references"]["level7"]["levels"] = levels
    text = problems_of(raw)
    assert "1 problem\n" in text
    assert message in text


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f"])
def test_characters_that_no_text_has_are_shown(raw, character: str):
    raw["samples"] = f"config/samples{character}.tsv"
    raw["segmentations"]["cells"]["nuclei_channel"] = f"dna{character}"
    text = problems_of(raw)
    assert f"samples: has the control character {character!r}" in text
    assert f"segmentations.cells.nuclei_channel: has the control character {character!r}" in text


def test_sections_without_a_block_are_named(raw):
    raw["models"] = {}
    assert "models: must have 1 or more entries" in problems_of(raw)
    raw["models"], raw["datasets"] = SHIPPED["models"], {}
    assert "no block 'tiles4' in `datasets` (there: none)" in problems_of(raw)


def test_a_size_that_nobody_set_is_not_named(raw):
    raw["models"]["pix2pix4"]["preset"] = "original"  # needs multiples of 256
    text = problems_of(raw)
    assert "datasets.tiles4.tile_px (model pix2pix4): 128 is no multiple of 256" in text
    assert "synthesis.tile_px" not in text


@pytest.mark.parametrize(
    ("section", "block", "key", "value", "hint"),
    [
        ("references", "level4", "segmentation", "cels", "did you mean `cells`?"),
        ("datasets", "tiles4", "reference", "level5", "did you mean"),
        ("models", "pix2pix4", "dataset", "tile4", "did you mean `tiles4`?"),
        ("models", "pix2pix4", "preset", "fats", "did you mean `fast`?"),
        ("segmentations", "cells", "cytoplasm_channel", "aktin", "did you mean `actin`?"),
    ],
)
def test_a_name_that_does_not_exist(raw, section, block, key, value, hint):
    raw[section][block][key] = value
    text = problems_of(raw)
    assert f"{section}.{block}.{key}: no " in text
    assert repr(value) in text
    assert hint in text


def test_training_overrides_are_checked(raw):
    raw["models"]["pix2pix4"]["training"] = {"learing_rate": 1e-4}
    assert "models.pix2pix4.training.learing_rate: unknown key" in problems_of(raw)


def test_a_number_that_yaml_reads_as_text_is_a_number(raw):
    # YAML 1.1 takes 1e-4 (without a dot) for text.
    raw["models"]["pix2pix4"]["training"] = {"learning_rate": "1e-4"}
    config = load_config(raw)
    training = training_config("pix2pix4", config.models["pix2pix4"])
    assert training.learning_rate == pytest.approx(1e-4)


def test_fractions_must_sum_to_one(raw):
    raw["split"]["fractions"] = {"train": 0.5, "val": 0.5, "test": 0.5}
    assert "train + val + test must be 1, not 1.5" in problems_of(raw)


def test_names_stay_plain(raw):
    raw["models"]["../evil"] = raw["models"].pop("pix2pix4")
    assert "../evil" in problems_of(raw)


def test_an_model_overrules_its_preset(raw):
    raw["models"]["pix2pix4"]["training"] = {"steps": 7}
    config = load_config(raw)
    assert training_config("pix2pix4", config.models["pix2pix4"]).steps == 7


def test_the_segmentation_method_may_be_left_out(raw):
    del raw["segmentations"]["cells"]["method"]
    assert load_config(raw).segmentations["cells"].method == "watershed"


def test_a_method_that_does_not_exist(raw):
    raw["segmentations"]["cells"]["method"] = "watersed"
    text = problems_of(raw)
    assert "segmentations.cells" in text
    assert "'watershed'" in text
    assert "no method 'watersed' (there: " in text
    assert "did you mean `watershed`?" in text


def test_tiles_must_fit_into_the_strips(raw):
    raw["datasets"]["tiles4"]["tile_px"] = 256
    assert "datasets.tiles4.tile_px: 256 is more than split.block_px (128)" in problems_of(raw)


def test_scores_need_a_test_split(raw):
    raw["split"]["fractions"] = {"train": 0.8, "val": 0.2, "test": 0}
    assert "split.fractions.test: must be more than 0" in problems_of(raw)


def test_compat_original_is_the_mode_original(raw):
    raw["references"]["level7"]["bounds"] = {"compat": "original"}
    assert load_config(raw).references["level7"].bounds.mode == "original"


def test_compat_with_a_mode_beside_it_is_refused(raw):
    raw["references"]["level7"]["bounds"] = {"compat": "original", "mode": "training"}
    assert "references.level7.bounds: `compat: original`" in problems_of(raw)


def test_the_other_direction_makes_no_images(raw):
    raw["models"]["pix2pix7"]["task"] = "image_to_labels"
    raw["models"]["pix2pix7"]["export"] = ["onnx"]
    text = problems_of(raw)
    assert "models.pix2pix7.export: is for generators of images" in text
    # The set of a drawn wound asks it for images.
    assert "sets.hand_drawn.images_by: the task of model 'pix2pix7' is another one" in text


def test_the_former_direction_is_answered_with_the_task(raw):
    raw["models"]["pix2pix4"]["training"] = {"direction": "images_to_labels"}
    text = problems_of(raw)
    assert "models.pix2pix4.training.direction: `direction` is now `models.<name>.task`" in text


def test_a_model_learns_the_tasks_that_it_offers(raw):
    raw["models"]["pix2pix4"] |= {"model": "oasis", "task": "image_to_labels"}
    text = problems_of(raw)
    assert "models.pix2pix4.task: oasis does not learn 'image_to_labels'" in text
    assert "it learns: labels_to_image" in text


def test_someone_must_make_images(raw):
    raw["models"] = {
        "labels": {
            "dataset": "tiles7",
            "preset": "fast",
            "task": "image_to_labels",
        }
    }
    assert "at least one must make images" in problems_of(raw)


@pytest.mark.parametrize("section", ["segmentations", "references", "datasets", "models"])
def test_names_that_differ_in_case_only_are_one_folder_on_some_systems(raw, section):
    name = next(iter(raw[section]))
    raw[section][name.upper()] = raw[section][name]
    assert f"{section}.{name.upper()}: differs from {name!r} in case only" in problems_of(raw)


def test_a_list_is_no_config():
    with pytest.raises(UserError, match="a section of keys") as caught:
        load_config(["samples"])
    assert caught.value.found == "a list"
