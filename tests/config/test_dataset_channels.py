"""Channels that segmentation uses and models do not make."""

from typing import Any

import pytest

from cytoforge.config.load import load_config
from cytoforge.errors import UserError


def config_of(channels: list[str] | None, levels: int = 4, **segmentation: str) -> dict[str, Any]:
    return {
        "images": {"channels": ["dna", "actin", "marker"]},
        "segmentations": {"cells": segmentation},
        "references": {"level": {"segmentation": "cells", "levels": levels}},
        "datasets": {"tiles": {"reference": "level", "channels": channels}},
        "models": {"m": {"dataset": "tiles", "model": "pix2pix", "preset": "fast"}},
    }


def test_all_channels_are_made_unless_some_are_named():
    assert load_config(config_of(None)).datasets["tiles"].channels is None


def test_segmentation_may_use_a_channel_that_is_not_made():
    settings = {"nuclei_channel": "marker", "cytoplasm_channel": "actin"}
    assert load_config(config_of(["dna", "actin"], 7, **settings))


@pytest.mark.parametrize(
    ("channels", "segmentation", "complaint"),
    [
        (["dna", "aktin"], {}, "no channel 'aktin' in images.channels .* mean `actin`"),
        (["dna", "dna"], {}, "dna more than once"),
        (
            ["dna", "actin"],
            {"nuclei_channel": "dna"},
            "segmentations.cells.cytoplasm_channel: name the channel; null is the last, which is"
            " 'marker' of real images and 'actin' of those that models of datasets.tiles make",
        ),
        (["actin", "marker"], {}, "segmentations.cells.nuclei_channel: name the channel"),
    ],
)
def test_what_would_be_taken_for_another_channel_is_refused(channels, segmentation, complaint):
    with pytest.raises(UserError, match=complaint):
        load_config(config_of(channels, **segmentation))


def test_layers_of_a_channel_that_is_not_made_are_refused():
    settings = {"nuclei_channel": "dna", "cytoplasm_channel": "marker"}
    with pytest.raises(UserError, match=r"references\.level\.layer_channel.*'marker'"):
        load_config(config_of(["dna", "actin"], 7, **settings))
    assert load_config(config_of(["dna", "actin"], 4, **settings))
