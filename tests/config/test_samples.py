"""Several samples of a map are only made where they differ."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.errors import UserError

DROPOUT = {"generator": "unet_64", "dropout": True}


def config_with(model: str, training: dict[str, Any], synthesis: dict[str, Any]) -> dict[str, Any]:
    """The shipped config with one model of another model."""
    raw = deepcopy(SHIPPED)
    model_name = {"dataset": "tiles7", "model": model, "preset": "fast"}
    raw["models"] = {"one": {**model_name, "training": training, "synthesis": synthesis}}
    return raw


@pytest.mark.parametrize(
    ("model", "training", "synthesis"),
    [
        ("pix2pix", {}, {}),
        ("pix2pix", DROPOUT, {"samples": 3, "dropout": "seeded"}),
        ("oasis", {}, {"samples": 3}),
        ("oasis", {}, {"samples": 3, "resample": ["nucleus", "cell_rim"]}),
        ("pix2pixhd", {"feature_encoder": True}, {"samples": 2, "resample": ["nucleus"]}),
    ],
)
def test_samples_that_differ_are_accepted(model, training, synthesis):
    assert load_config(config_with(model, training, synthesis))


@pytest.mark.parametrize(
    ("model", "training", "synthesis", "complaint"),
    [
        ("pix2pix", DROPOUT, {"samples": 3}, "samples: all 3 would be equal"),
        ("pix2pixhd", {}, {"samples": 2}, "samples: all 2 would be equal"),
        ("oasis", {}, {"resample": ["nucleus"]}, "resample: is for further samples"),
        (
            "pix2pix",
            DROPOUT,
            {"samples": 2, "dropout": "seeded", "resample": ["nucleus"]},
            "resample: only noise (oasis) and appearance features",
        ),
        ("oasis", {}, {"samples": 2, "resample": []}, "resample"),
        ("oasis", {}, {"samples": 2, "resample": "nucleus"}, "resample"),
    ],
)
def test_what_has_no_effect_is_named(model, training, synthesis, complaint):
    with pytest.raises(UserError) as caught:
        load_config(config_with(model, training, synthesis))
    assert f"models.one.synthesis.{complaint}" in str(caught.value)
