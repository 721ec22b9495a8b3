"""Whole images of another domain: tiles agree, names and sizes stay, provenance is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cytoforge.config.models import SynthesisConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.synthesis.seams import field_seam_ratio
from cytoforge.synthesis.trained import load_trained
from cytoforge.synthesis.translated_set import TranslationRequest, make_translated_set
from cytoforge.synthesis.translation import Translation, translation_of
from tests.synthesis.models import write_model

SMALL = {"generator": "resnet_6", "generator_filters": 8}
TWO = {
    "domains": ["ihc", "he"],
    "domain_ranges": [[[0.0, 1000.0, "none"]], [[500.0, 2500.0, "none"]]],
    "paired": False,
    "crop_px": 64,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "stain", "cyclegan", SMALL, **TWO)


def ready(folder: Path, to: str = "he", **settings: Any) -> Translation:
    config = SynthesisConfig(**{"inference": "exact", "batch_size": 4, **settings})
    return translation_of(load_trained(folder), to, config)


def shaded(height: int = 160, width: int = 224) -> np.ndarray:
    """A field whose left is nearly blank and whose right is full of detail, (1, H, W) in [0, 1]."""
    noise = np.random.default_rng(2).random((height, width))
    return (0.2 + noise * np.linspace(0, 0.8, width) ** 3)[None].astype(np.float32)


def image(name: str = "slide", height: int = 160, width: int = 224) -> Image:
    pixels = np.rint(shaded(height, width) * 1000).astype(np.uint16)
    return Image(name, pixels, ("actin",), (ChannelRange(0, 1000, "none"),), 0.5)


def test_an_image_keeps_its_name_and_size_and_has_the_ranges_of_its_new_domain(folder):
    made = ready(folder)(image(height=100, width=70))
    assert (made.name, made.shape, made.pixel_size_um) == ("slide", (100, 70), 0.5)
    assert [(one.low, one.high) for one in made.ranges] == [(500, 2500)]
    assert made.pixels.dtype == np.uint16
    assert 500 <= made.pixels.min() <= made.pixels.max() <= 2500


def disagreement(translate: Translation, field: np.ndarray) -> float:
    """Mean difference of two tiles of 192 px, 64 px apart, where they see the same: a pixel sees 60
    px in all directions."""
    translate.field(field)  # finds the statistics of the field
    one, other = translate._made(np.stack([field[:, :192, k : k + 192] for k in (0, 64)]))
    return float(np.abs(one[:, 61:131, 125:131] - other[:, 61:131, 61:67]).mean())


def test_tiles_of_a_field_agree_in_colour(folder):
    field = shaded(192, 256)
    together = ready(folder, tile_px=192)
    assert disagreement(together, field) < 1e-5
    assert disagreement(ready(folder, tile_px=192, norm_stats="instance"), field) > 0.01


def test_borders_of_tiles_are_not_seen(folder):
    assert field_seam_ratio(ready(folder, overlap=0.5).field(shaded()), 64, 0.5) < 1.05


@torch.inference_mode()
def test_it_is_nearly_what_the_network_makes_of_the_field_in_one_piece(folder):
    field = shaded(128, 192)
    generator = load_trained(folder).sampler.eval().generator_ab
    whole = generator(torch.from_numpy(field)[None] * 2 - 1)[0].numpy() * 0.5 + 0.5
    difference = np.abs(ready(folder).field(field) - whole).mean()
    alone = np.abs(ready(folder, norm_stats="instance").field(field) - whole).mean()
    assert difference < 0.2 * alone


def test_memory_holds_few_tiles_and_the_order_of_fields_changes_nothing(folder):
    translate = ready(folder, batch_size=2)
    first = translate(image("a", 64, 64))
    translate(image("b"))
    assert np.array_equal(translate(image("a", 64, 64)).pixels, first.pixels)


def test_what_was_averaged_in_training_is_averaged_and_enlarged_again(tmp_path):
    half = write_model(tmp_path / "half", "cyclegan", SMALL, **{**TWO, "crop_px": 128})
    whole = write_model(tmp_path / "whole", "cyclegan", SMALL, **TWO)
    flat = np.repeat(np.repeat(shaded(70, 90), 2, 1), 2, 2)  # every 2 × 2 px are alike
    made = ready(half)(
        Image("a", np.rint(flat * 1000).astype(np.uint16), ("actin",), (ChannelRange(0, 1000, ""),))
    ).pixels
    small = ready(whole)(
        Image(
            "a",
            np.rint(flat[:, ::2, ::2] * 1000).astype(np.uint16),
            ("actin",),
            (ChannelRange(0, 1000, ""),),
        )
    ).pixels
    assert made.shape == (1, 140, 180)
    means = made.reshape(1, 70, 2, 90, 2).mean((2, 4))
    assert np.corrcoef(means.ravel(), small.ravel())[0, 1] > 0.9
    assert abs(means.mean() - small.mean()) < 2


def test_there_is_a_way_back_of_cyclegan_and_none_of_cut(folder, tmp_path):
    assert [(one.low, one.high) for one in ready(folder, "ihc").ranges] == [(0, 1000)]
    cut = write_model(tmp_path / "cut", "cut", SMALL, **TWO)
    assert ready(cut, "he")
    with pytest.raises(UserError, match="cut makes the second one only"):
        ready(cut, "ihc")


def test_an_unknown_domain_is_answered_with_the_nearest(folder):
    with pytest.raises(UserError, match="did you mean `he`"):
        ready(folder, "hee")


def test_a_tile_that_the_network_cannot_take_is_refused(folder):
    with pytest.raises(UserError, match="a multiple of 4"):
        ready(folder, tile_px=66)


@pytest.fixture
def made_set(folder: Path, tmp_path: Path) -> Path:
    paths = []
    for name in ("a", "b"):
        paths.append(tmp_path / f"{name}.ome.tif")
        write_image(paths[-1], image(name, 80, 96))
    request = TranslationRequest("stain", "ihc", "he", images=paths)
    make_translated_set(folder, request, tmp_path / "set", SynthesisConfig(), threads=1)
    return tmp_path / "set"


def test_a_set_has_a_manifest_with_provenance(made_set, folder):
    rows = read_manifest(made_set / "manifest.csv")
    assert [(row["name"], row["source"]) for row in rows] == [("a", "a"), ("b", "b")]
    assert {(row["from"], row["to"], row["model"]) for row in rows} == {("ihc", "he", "stain")}
    assert read_image(rows[0]["image"]).shape == (80, 96)
    assert rows[0]["weights_sha256"] == load_trained(folder).info["weights_sha256"]


def test_what_was_translated_is_translated_back_under_its_name(made_set, folder, tmp_path):
    request = TranslationRequest("stain", "he", "ihc", images_of=made_set / "manifest.csv")
    make_translated_set(folder, request, tmp_path / "back", SynthesisConfig(), threads=1)
    rows = read_manifest(tmp_path / "back" / "manifest.csv")
    assert [(row["name"], row["source"], row["to"]) for row in rows] == [
        ("a", "a", "ihc"),
        ("b", "b", "ihc"),
    ]
