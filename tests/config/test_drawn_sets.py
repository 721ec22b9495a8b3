"""Sets of label maps drawn from nothing: what they need, and what is named before any job."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.set_graph import all_sets, reference_of_maps
from cytoforge.config.sets import SetConfig
from cytoforge.errors import UserError

DRAWN = {"maps_by": "shapes", "like": "tiles7", "count": 3}


def config_with(sets: dict[str, Any]) -> dict[str, Any]:
    return {**deepcopy(SHIPPED), "sets": sets}


def problems_of(sets: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        load_config(config_with(sets))
    return str(caught.value)


def test_images_are_made_of_drawn_maps_of_their_codes():
    synthetic = {"images_by": "pix2pix7", "maps": "drawn"}
    config = load_config(config_with({"drawn": DRAWN, "synthetic": synthetic}))
    sets = all_sets(config, dict.fromkeys(config.models, "image"))
    assert reference_of_maps(config, sets, "drawn") == "level7"
    assert (sets["drawn"].is_made, sets["drawn"].model, sets["drawn"].has_images) == (
        True,
        None,
        False,
    )


@pytest.mark.parametrize(
    ("given", "seeds"),
    [({"count": 3}, (1, 2, 3)), ({"seeds": "7-9, 2"}, (7, 8, 9, 2)), ({"seeds": [5, 1]}, (5, 1))],
)
def test_maps_are_counted_or_named_by_their_seeds(given: dict[str, Any], seeds: tuple[int, ...]):
    block = {"maps_by": "shapes", "like": "tiles7", **given}
    assert SetConfig.model_validate(block).drawn_seeds == seeds


def test_sets_without_maps_by_are_written_as_they_were_before_there_were_any():
    block = SetConfig.model_validate({"images_by": "pix2pix7", "maps": "real"})
    assert not {"maps_by", "like", "count", "seeds", "size_px", "source"} & (
        block.model_dump(mode="json").keys()
    )


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({**DRAWN, "maps_by": "shape"}, "did you mean `shapes`?"),
        ({**DRAWN, "like": "tile7"}, "did you mean `tiles7`?"),
        ({**DRAWN, "seeds": "1-4"}, "`maps_by` needs either `count` or `seeds`"),
        ({"maps_by": "shapes", "like": "tiles7"}, "`maps_by` needs either `count` or `seeds`"),
        ({"maps_by": "shapes", "count": 3}, "`maps_by: shapes` needs `like`"),
        ({**DRAWN, "maps": "resources/maps"}, "a set is made by one of `maps_by` and `maps`"),
        ({**DRAWN, "truncation": 0.5}, "`truncation` is for models"),
        ({**DRAWN, "source": {"gapp": "strip"}}, "sets.a.source.gapp: unknown key; did you mean"),
        ({**DRAWN, "source": {"gap": "stripe"}}, "sets.a.source.gap: "),
        ({**DRAWN, "count": None, "seeds": "1-"}, "seeds are written as 1-100"),
        ({**DRAWN, "count": None, "seeds": "1-3, 2"}, "names a seed more than once"),
        ({**DRAWN, "size_px": [8, 512]}, "sets.a.size_px.0: must be at least 16"),
        ({"maps": "resources/maps", "count": 3}, "`count` is for sets with `maps_by`"),
        ({**DRAWN, "maps_by": "pix2pix7"}, "use `images_by`"),
    ],
)
def test_what_cannot_be_drawn_is_named(block: dict[str, Any], complaint: str):
    assert complaint in problems_of({"a": block})


def test_maps_of_other_codes_than_the_model_knows_are_named():
    sets = {"drawn": DRAWN, "synthetic": {"images_by": "pix2pix4", "maps": "drawn"}}
    assert "codes of reference 'level7'" in problems_of(sets)
