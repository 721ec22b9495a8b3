"""What the shipped networks find on fields that were kept out of their training."""

import numpy as np
import pytest
import tifffile

from cytoforge.images.read import read_raw
from cytoforge.segmentation.learned.network_file import load_network
from cytoforge.segmentation.learned.predict import find_instances
from cytoforge.segmentation.learned.recipe_file import read_training_file
from cytoforge.segmentation.learned.shipped import SHIPPED, shipped_names
from cytoforge.segmentation.matching import match_instances

MOST_BYTES = 12e6


def test_each_network_is_small_and_has_a_card_and_a_recipe():
    assert shipped_names() == ("phase", "stain")
    for name in shipped_names():
        assert (SHIPPED / f"{name}.safetensors").stat().st_size < MOST_BYTES
        card = (SHIPPED / f"{name}.md").read_text(encoding="utf-8")
        trained = load_network(name, "network")
        assert f"{trained.card['f1_test']:.3f} on the fields kept aside" in card


def test_no_test_field_was_learned_from():
    for name in shipped_names():
        settings = read_training_file(SHIPPED / f"{name}.yaml")
        card = load_network(name, "network").card
        assert set(card["test_fields"]) == set(settings.test)
        assert not set(card["training_fields"]) & {*settings.test, *settings.validation}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "folder", "fields", "least"),
    [("phase", "phase_t98g", ["set16"], 0.6), ("stain", "dsb2018_histology", None, 0.6)],
)
def test_f1_on_fields_kept_aside(shared_data, name, folder, fields, least):
    """At IoU 0.5, over all objects; the cards have the figure of all fields."""
    trained = load_network(name, "network")
    scores = []
    for field in fields or trained.card["test_fields"][::6]:
        pixels = read_raw(str(shared_data / f"data/{folder}/images/{field}.png")).pixels
        known = tifffile.imread(shared_data / f"data/{folder}/labels/{field}.tif")
        scores.append(match_instances(known, find_instances(pixels, trained)).f1)
    assert np.mean(scores) >= least
