"""However many mistakes a config has, each is one line, and what only follows from one has none."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.errors import UserError


@pytest.fixture
def raw() -> dict[str, Any]:
    return deepcopy(SHIPPED)


def places_of_problems(raw: dict[str, Any]) -> list[str]:
    """Return what stands before each problem's message."""
    with pytest.raises(UserError) as caught:
        load_config(raw)
    lines = [line for line in str(caught.value).splitlines() if line.startswith("    - ")]
    return [line.removeprefix("    - ").split(": ")[0] for line in lines]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("segmentations", "cells", {"method": "watershed", "nuclei_channel": "dan"}),
        ("images", "channels", ["dna", "dna"]),  # left out, no name of a channel would be known
        ("segmentations", "a.b", {"method": "phase"}),  # a path is no text with dots
        ("sets", "b", {"images_by": "pix2pix7", "maps": "c"}),
        ("segmentations", "cells", {"method": "otsu"}),  # label maps go by the method
        ("models", "pix2pix4", {"dataset": "tiles4", "preset": "published"}),
        ("models", "pix2pix4", {"dataset": "tiles4", "model": "unet++"}),
        ("models", "real", {"dataset": "tiles4", "preset": "fast"}),  # the set of samples.tsv
        ("models", False, {"dataset": "tiles4"}),  # YAML's `no:`
    ],
)
def test_a_mistake_is_one_line(raw, section, key, value):
    raw[section][key] = value
    assert len(places_of_problems(raw)) == 1


def test_a_section_of_an_earlier_version_is_checked_as_what_it_is_now(raw):
    raw["experiments"] = raw.pop("models")
    assert places_of_problems(raw) == ["experiments"]
    raw["experiments"]["pix2pix4"]["preset"] = "fsat"
    assert places_of_problems(raw) == ["experiments", "models.pix2pix4.preset"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        # Each is found where the one before it, in the same block, is corrected.
        (
            "sets.drawn",
            {"maps_by": "shapes", "like": "tils7", "count": 2, "truncation": 0.5, "split": "tset"},
            ["sets.drawn.split", "sets.drawn", "sets.drawn.like"],
        ),
        (
            "images",
            {"channels": ["dna"], "normalisation": {"low": 9, "high": 1}, "correct_pixels": True},
            ["images.normalisation", "images", "segmentations.cells.cytoplasm_channel"],
        ),
        (
            "sets",
            {"a": {"union": ["b"]}, "b": {"union": ["a"]}, "c": {"union": ["d"]}},
            ["sets.c.union", "a loop of names, of which nothing can be made first"],
        ),
        (
            "references.level4",
            {"segmentation": "cels", "levels": [{"name": "a", "region": "nuclei"}]},
            ["references.level4.segmentation", "references.level4.levels.0.region"],
        ),
    ],
)
def test_each_mistake_of_a_block_has_a_line(raw, path, value, expected):
    *parts, last = path.split(".")
    section = raw
    for part in parts:
        section = section[part]
    section[last] = value
    assert places_of_problems(raw) == expected
