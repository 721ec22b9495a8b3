"""Blocks of `utility`: which rows they have, and what keeps images from being learned from."""

from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config, utility_training
from cytoforge.config.utility import UtilityConfig, rows_of
from cytoforge.config.utility_problems import objects_of, truth_of
from cytoforge.errors import UserError

SETS = {
    "again": {"images_by": "pix2pix7", "maps": "real", "split": "train"},
    "drawn": {"maps_by": "shapes", "like": "tiles7", "count": 2},
    "new": {"images_by": "pix2pix7", "maps": "drawn"},
}


def config_with(**block: Any) -> dict[str, Any]:
    """The shipped config with a set of each kind, and a block of `utility`."""
    sets = {**SHIPPED["sets"], **SETS}
    whole = {"real": "tiles7", "synthetic": "new", "rerendered": "again", **block}
    return {**SHIPPED, "sets": sets, "utility": {"cells": whole}}


def problems_of(**block: Any) -> str:
    with pytest.raises(UserError) as caught:
        load_config(config_with(**block))
    return str(caught.value)


def test_rows_follow_from_what_is_given():
    both = UtilityConfig(real="tiles", synthetic="new", rerendered="again", fractions=(0.1, 0.5))
    assert [row.name for row in rows_of(both)] == [
        "real_100",
        "synthetic",
        "rerendered",
        "real_100_synthetic_1to1",
        "real_100_synthetic_1to3",
        "real_50",
        "real_50_synthetic_1to1",
        "real_10",
        "real_10_synthetic_1to1",
    ]
    alone = both.model_copy(update={"synthetic": None})
    assert [row.name for row in rows_of(alone)] == ["real_100", "rerendered", "real_50", "real_10"]


def test_truth_and_objects_are_those_behind_the_label_maps():
    config = load_config(config_with())
    block = config.utility["cells"]
    assert (truth_of(config, block), objects_of(config, block)) == ("cells", "cells")


def test_every_row_keeps_its_last_weights_and_has_the_same_arithmetic():
    config = load_config(config_with(training={"steps": 7}))
    training = utility_training("cells", config.utility["cells"])
    assert (training.steps, training.select_by, training.validate_every) == (7, "last", 7)
    assert training.precision == "fp32"  # the preset's `auto` measures what is faster


def test_a_config_without_utility_says_nothing_of_it():
    assert "utility" not in load_config(SHIPPED).model_dump(mode="json")


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"real": "tiles8"}, "utility.cells.real: no block 'tiles8' in `datasets`"),
        ({"synthetic": "nev"}, "utility.cells.synthetic: no set 'nev'"),
        ({"synthetic": "again"}, "'again' is of the real maps: name it as `rerendered`"),
        ({"rerendered": "new"}, "'new' is of new maps: name it as `synthetic`"),
        ({"rerendered": "pix2pix7"}, "images of split test alone"),
        ({"synthetic": "drawn"}, "'drawn' is no set with `images_by`"),
        (
            {"synthetic": "hand_drawn"},
            "'hand_drawn' is of maps whose objects are not known exactly",
        ),
        ({"real": "tiles4"}, "codes of reference 'level7', but 'tiles4' has 'level4'"),
        ({"truth": "cels"}, "utility.cells.truth: no block 'cels'"),
        ({"model": "pix2pix"}, "'pix2pix' finds no objects"),
        ({"model": "unett"}, "utility.cells.model: no model 'unett'"),
        ({"training": {"stepz": 3}}, "utility.cells.training.stepz: unknown key"),
        ({"training": {"minutes": 3}}, "utility.cells.training.steps: give a number of steps"),
        ({"training": {"patience": 3}}, "no row chooses by validation"),
        ({"fractions": [1.0]}, "utility.cells.fractions"),
    ],
)
def test_what_cannot_be_compared_is_named(block: dict[str, Any], says: str):
    assert says in problems_of(**block)
