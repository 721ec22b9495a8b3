"""Several samples of a map are only made where they differ."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.errors import UserError

DROPOUT = {"generator": "unet_64", "dropout": True, "grain_channels": 0}


def config_with(model: str, training: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The shipped config with one model and a set of its images."""
    raw = deepcopy(SHIPPED)
    synthesis = {key: wanted[key] for key in wanted if key == "dropout"}
    raw["models"] = {
        "one": {"dataset": "tiles7", "model": model, "preset": "fast", "training": training}
        | {"synthesis": synthesis}
    }
    rest = {key: wanted[key] for key in wanted if key != "dropout"}
    raw["sets"] = {"many": {"images_by": "one", "maps": "real", **rest}}
    return raw


@pytest.mark.parametrize(
    ("model", "training", "wanted"),
    [
        ("pix2pix", {}, {}),
        ("pix2pix", DROPOUT, {"samples": 3, "dropout": "seeded"}),
        ("oasis", {}, {"samples": 3}),
        ("pix2pix", {"grain_channels": 1}, {"samples": 3, "resample": ["nucleus"]}),
        ("oasis", {}, {"samples": 3, "resample": ["nucleus", "cell_rim"]}),
        ("pix2pixhd", {"feature_encoder": True}, {"samples": 2, "resample": ["nucleus"]}),
    ],
)
def test_samples_that_differ_are_accepted(model, training, wanted):
    assert load_config(config_with(model, training, wanted))


@pytest.mark.parametrize(
    ("model", "training", "wanted", "complaint"),
    [
        ("pix2pix", DROPOUT, {"samples": 3}, "samples: all 3 would be equal"),
        ("pix2pixhd", {"grain_channels": 0}, {"samples": 2}, "samples: all 2 would be equal"),
        ("oasis", {}, {"resample": ["nucleus"]}, "resample: is for further samples"),
        (
            "pix2pix",
            DROPOUT,
            {"samples": 2, "dropout": "seeded", "resample": ["nucleus"]},
            "resample: only noise (oasis), grain (`grain_channels`) and appearance",
        ),
        ("oasis", {}, {"samples": 2, "resample": []}, "resample"),
        ("oasis", {}, {"samples": 2, "resample": "nucleus"}, "resample"),
    ],
)
def test_what_has_no_effect_is_named(model, training, wanted, complaint):
    with pytest.raises(UserError) as caught:
        load_config(config_with(model, training, wanted))
    assert f"sets.many.{complaint}" in str(caught.value)
