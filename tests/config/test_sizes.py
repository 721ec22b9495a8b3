"""Tiles too small for a model's networks are named before anything runs."""

from copy import deepcopy

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.errors import UserError


def test_a_tile_of_which_the_discriminator_has_nothing_left():
    raw = deepcopy(SHIPPED)
    raw["datasets"]["tiles4"]["tile_px"] = 16
    raw["models"]["pix2pix4"]["training"] = {"discriminator_layers": 3}
    raw["models"]["pix2pix4"]["synthesis"] = {"tile_px": 64}
    with pytest.raises(UserError) as caught:
        load_config(raw)
    text = str(caught.value)
    assert "1 problem" in text
    assert "datasets.tiles4.tile_px (model pix2pix4): 16 is below 32, which pix2pix" in text
    raw["datasets"]["tiles4"]["tile_px"] = 32
    load_config(raw)
