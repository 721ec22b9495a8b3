"""Sets are named by what they are made of; what cannot be made is named before any job."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.set_graph import all_sets, leaves, reference_of_maps
from cytoforge.errors import UserError


def config_with(sets: dict[str, Any], **dataset_sets: str) -> dict[str, Any]:
    """The shipped config with these sets, and data sets that are cut from them."""
    raw = deepcopy(SHIPPED)
    raw["sets"] = sets
    for dataset, name in dataset_sets.items():
        raw["datasets"][dataset]["set"] = name
    return raw


def problems_of(sets: dict[str, Any], **dataset_sets: str) -> str:
    with pytest.raises(UserError) as caught:
        load_config(config_with(sets, **dataset_sets))
    return str(caught.value)


def test_every_model_has_a_set_of_its_name():
    config = load_config(config_with({}))
    makes = {**dict.fromkeys(config.models, "image"), "pix2pix9": "label_map"}
    sets = all_sets(config, makes)
    assert (sets["pix2pix4"].images_by, sets["pix2pix4"].maps) == ("pix2pix4", "real")
    assert (sets["pix2pix9"].labels_by, sets["pix2pix9"].images) == ("pix2pix9", "real")
    assert {block.split for block in sets.values()} == {"test"}
    assert reference_of_maps(config, sets, "pix2pix4") == "level4"


def test_a_union_of_unions_is_the_sets_in_it_each_once():
    generated = {"images_by": "pix2pix7", "maps": "real"}
    inner = {"union": ["generated", "real"]}
    config = load_config(config_with({"generated": generated, "inner": inner, "outer": inner}))
    sets = all_sets(config, dict.fromkeys(config.models, "image"))
    sets["outer"] = sets["outer"].model_copy(update={"union": ("inner", "generated")})
    assert leaves(sets, "outer") == ["generated", "real"]


def test_training_on_what_the_model_itself_makes_is_a_loop():
    text = problems_of({"generated": {"images_by": "pix2pix7", "maps": "real"}}, tiles7="generated")
    assert "a loop of names" in text
    for step in ("sets.generated needs models.pix2pix7", "models.pix2pix7 needs datasets.tiles7"):
        assert step in text


def test_training_on_what_another_model_makes_is_none():
    sets = {"generated": {"images_by": "pix2pix7", "maps": "real"}}
    assert load_config(config_with(sets, tiles4="generated"))


@pytest.mark.parametrize(
    ("sets", "complaint"),
    [
        ({"real": {"maps": "resources/maps"}}, "sets.real: the name is that of the set"),
        ({"pix2pix4": {"maps": "resources/maps"}}, "sets.pix2pix4: the name is that of what"),
        ({"Real": {"maps": "resources/maps"}}, "sets.Real: differs from 'real' in case only"),
        ({"Pix2pix4": {"maps": "resources/maps"}}, "differs from 'pix2pix4' in case only"),
        ({"a": {}}, "a set needs `maps_by`, `images_by`, `labels_by`, `translated_by`, `union`"),
        ({"a": {"images_by": "pix2pix7"}}, "`images_by` needs `maps`"),
        ({"a": {"images_by": "pix2px7", "maps": "real"}}, "did you mean `pix2pix7`?"),
        ({"a": {"labels_by": "pix2pix7"}}, "use `images_by`"),
        ({"a": {"images_by": "pix2pix7", "maps": "rael"}}, "did you mean `real`?"),
        ({"a": {"images_by": "pix2pix7", "maps": "pix2pix4"}}, "codes of reference 'level4'"),
        ({"a": {"union": ["a", "real"]}}, "sets.a needs sets.a"),
        ({"a": {"maps": "resources/maps", "samples": 2}}, "`samples` is for sets with"),
    ],
)
def test_what_cannot_be_made_is_named(sets: dict[str, Any], complaint: str):
    assert complaint in problems_of(sets)


def test_a_data_set_needs_images():
    text = problems_of({"drawn": {"maps": "resources/maps"}}, tiles4="drawn")
    assert "datasets.tiles4.set: set 'drawn' has label maps and no images" in text


@pytest.mark.parametrize("key", ["maps", "samples", "resample"])
def test_what_was_a_setting_of_synthesis_is_answered_with_sets(key: str):
    raw = config_with({})
    raw["models"]["pix2pix7"]["synthesis"] = {key: "x"}
    with pytest.raises(UserError, match=rf"synthesis\.{key}: is now of a set|is now a set"):
        load_config(raw)
