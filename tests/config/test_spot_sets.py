"""Sets of spots and sums: what they are made of, and what is named before any job."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.set_graph import all_sets, reference_of_maps
from cytoforge.config.sets import SetConfig
from cytoforge.config.spot_sets import codes_of_spots, maps_behind, spots_behind
from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError

SPOT_LEVELS = [{"name": "ground", "region": "background"}, {"name": "spot", "region": "spots"}]
DOTS: dict[str, Any] = {"spots": {"sigma_px": 1.3}, "maps": "real"}
CELLS = {"images_by": "pix2pix7", "maps": "real"}


def config_with(sets: dict[str, Any]) -> dict[str, Any]:
    """The shipped config with these sets, and with label maps of spots and a model of them."""
    raw = deepcopy(SHIPPED)
    raw["sets"] = sets
    raw["segmentations"]["dots"] = {"method": "spots", "cytoplasm_channel": "actin"}
    raw["references"]["dots"] = {"segmentation": "dots", "levels": SPOT_LEVELS}
    raw["datasets"]["dots"] = {"reference": "dots", "tile_px": 128}
    raw["models"]["dots_gan"] = {"model": "pix2pix", "dataset": "dots", "preset": "fast"}
    return raw


def spots(**settings: Any) -> dict[str, Any]:
    return {"spots": {"sigma_px": 1.3, "segmentation": "cells", **settings}, "maps": "real"}


def problems_of(sets: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        load_config(config_with(sets))
    return str(caught.value)


DRAWN = {"maps_by": "shapes", "like": "tiles7", "count": 2}


def test_spots_lie_in_the_objects_of_drawn_maps_as_of_real_ones():
    sets = {"drawn": DRAWN, "a": {"spots": {"sigma_px": 1.3}, "maps": "drawn"}}
    assert load_config(config_with(sets))
    sets["a"] = {"spots": {"sigma_px": 1.3, "objects": "vesicles"}, "maps": "drawn"}
    assert "segmentation 'cells' finds no 'vesicles'" in problems_of(sets)


RENDERED = {
    "dots_masks": spots(reference="dots"),
    "cells_made": CELLS,
    "dots_made": {"images_by": "dots_gan", "maps": "dots_masks"},
    "both": {"sum": ["cells_made", "dots_made"]},
}


def test_a_whole_chain_is_a_config():
    config = load_config(config_with(RENDERED))
    sets = all_sets(config, dict.fromkeys(config.models, "image"))
    assert maps_behind(sets, "both") == ("real", "all")
    assert spots_behind(sets, "both") == spots_behind(sets, "dots_made") == "dots_masks"
    assert spots_behind(sets, "cells_made") is None
    assert reference_of_maps(config, sets, "both") == "level7"
    assert reference_of_maps(config, sets, "dots_masks") == "dots"
    assert codes_of_spots(config, "dots") == (1, 2)  # 0 is the gap
    assert codes_of_spots(config, None) == (0, 1)


def test_the_split_of_the_maps_is_that_of_the_set_that_takes_real_ones():
    config = load_config(config_with({"dots": {**spots(), "maps": "pix2pix7"}}))
    sets = all_sets(config, dict.fromkeys(config.models, "image"))
    assert maps_behind(sets, "dots") == ("real", "test")


@pytest.mark.parametrize(
    ("sets", "complaint"),
    [
        ({"a": {"spots": {}}}, "`spots` needs `maps`"),
        ({"a": {**spots(), "images_by": "pix2pix7"}}, "a set is made by one of"),
        (
            {"a": spots(objects="nucleii")},
            "finds no 'nucleii' (there: nuclei, cells, gap); did you",
        ),
        ({"a": spots(segmentation="cels")}, "did you mean `cells`?"),
        ({"a": DOTS}, "sets.a.spots.segmentation: name the one whose objects spots lie in"),
        ({"a": {**spots(), "maps": "resources/maps"}}, "the objects of 'resources/maps' are not"),
        ({"a": spots(reference="level7")}, "'level7' has no level of region `spots`"),
        ({"a": spots(reference="dot")}, "sets.a.spots.reference: no block 'dot' in `references`"),
        ({"a": spots(placment="uniform")}, "did you mean `placement`?"),
        ({"a": spots(placement="near_nucleus", objects="nuclei")}, "is for spots in `cells`"),
        ({"a": spots(counts="fixed", per_object=1.5)}, "needs a whole `per_object`, not 1.5"),
        ({"a": spots(bits=8, background=300)}, "fill 8 bits without any spot"),
        ({"a": spots(), "b": {"sum": ["a"]}}, "`sum` takes two sets, not 1"),
        ({"a": spots(), "b": {"sum": ["a", "pix2px7"]}}, "did you mean `pix2pix7`?"),
        (
            {"a": spots(), "b": {"sum": ["real", "a"], "into": {"spot": "actin"}}},
            "no channel 'spot'",
        ),
        (
            {"a": spots(), "b": {"sum": ["real", "a"], "into": {"spots": "actn"}}},
            "no channel 'actn' in images.channels (there: dna, actin); did you mean `actin`?",
        ),
        ({"a": spots(), "b": {"sum": ["a", "b"]}}, "sets.b needs sets.b"),
        (
            {
                "a": spots(),
                "c": {"images_by": "pix2pix7", "maps": "resources/maps"},
                "b": {"sum": ["c", "a"]},
            },
            "sets.b.sum: 'c' is made of the maps of 'resources/maps', 'a' of those of 'real'",
        ),
        ({"a": {**CELLS, "into": {"spots": "actin"}}}, "`into` is for sets with `sum`"),
        ({"a": {**CELLS, "detections": {"x": "resources"}}}, "no spots are known in the images"),
        (
            {"a": spots(), "b": {"images_by": "dots_gan", "maps": "a"}},
            "let sets.a.spots.reference be 'dots'",
        ),
        (
            {"a": spots(reference="dots"), "b": {"images_by": "pix2pix7", "maps": "a"}},
            "have the codes of reference 'dots', but 'pix2pix7' was trained with 'level7'",
        ),
    ],
)
def test_what_cannot_be_made_is_named(sets: dict[str, Any], complaint: str):
    assert complaint in problems_of(sets)


def test_a_preset_is_below_what_is_set_beside_it():
    preset = SpotsConfig.model_validate({"preset": "cellgen"})
    assert (preset.per_object, preset.most_objects, preset.clusters.reach) == (42, 5, 0.25)
    raw = {"preset": "cellgen", "per_object": 7, "clusters": {"reach": 0.1}, "na": 1.2}
    changed = SpotsConfig.model_validate(raw)
    assert (changed.per_object, changed.clusters.reach) == (7, 0.1)
    assert changed.clusters.dimmer_outwards == 0.2157 and changed.sigma_px is None


def test_settings_come_back_as_they_were_written_down():
    config = SpotsConfig.model_validate({"preset": "cellgen", "na": 1.2})
    assert SpotsConfig.model_validate(config.model_dump(mode="json")) == config


def test_sets_without_spots_are_written_down_as_before():
    """So nothing of them is made again."""
    written = SetConfig.model_validate(CELLS).model_dump(mode="json")
    assert not {"spots", "sum", "into", "detections"} & written.keys()
