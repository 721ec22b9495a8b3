"""The small segmentation network: trained, kept, run on fields of any size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.segmentation.learned import predict
from cytoforge.segmentation.learned.fit import f1_of, fit
from cytoforge.segmentation.learned.network import InstanceUNet
from cytoforge.segmentation.learned.network_card import card_text
from cytoforge.segmentation.learned.network_file import (
    TrainedNetwork,
    load_network,
    save_network,
)
from cytoforge.segmentation.learned.predict import find_instances, predict_maps, scale_for
from cytoforge.segmentation.learned.recipe_file import LabelledField, TrainingFile
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.methods.phase.config import PhaseConfig
from cytoforge.segmentation.methods.stain.config import StainConfig
from cytoforge.segmentation.registry import segment, segment_like
from cytoforge.segmentation.stain_density import VECTORS
from cytoforge.segmentation.without_dab import without_dab
from tests.segmentation.test_learned_maps import discs


def bright_discs(seed: int) -> LabelledField:
    """Return a noisy field of discs and their labels."""
    random = np.random.default_rng(seed)
    labels = discs((20, 20, 9), (24, 70, 12), (70, 30, 11), (66, 74, 8), (45, 48, 9))
    pixels = 100 + 60 * (labels > 0) + random.normal(0, 10, labels.shape)
    return LabelledField(pixels[None], labels)


@pytest.fixture(scope="module")
def trained() -> TrainedNetwork:
    settings = TrainingFile(
        kind="phase",
        folders=("x",),
        validation=("b",),
        test=("c",),
        steps=60,
        tile_px=64,
        widths=(8, 16, 32),
    )
    return fit(settings, {name: bright_discs(seed) for seed, name in enumerate("abc")})


def test_a_network_learns_to_tell_discs_from_noise(trained: TrainedNetwork):
    assert trained.card["f1_test"] >= 0.8
    assert trained.card["training_fields"] == ["a"]


def test_the_same_seed_gives_the_same_weights():
    settings = TrainingFile(kind="phase", folders=("x",), steps=2, tile_px=32, widths=(4, 8))
    fields = {"a": bright_discs(0)}
    one, other = (fit(settings, fields).network.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_kept_finds_the_same(trained: TrainedNetwork, tmp_path: Path):
    save_network(trained, tmp_path / "discs.safetensors")
    again = load_network(str(tmp_path / "discs.safetensors"), "network")
    assert (again.kind, again.scale, again.decoding) == ("phase", 1.0, trained.decoding)
    assert f1_of(again, [bright_discs(9)]) == f1_of(trained, [bright_discs(9)])
    assert "0.5: " in card_text("discs", again)
    assert "trained from random weights" in card_text("discs", again)
    further = replace(again, card={**again.card, "initial": "stain", "note": "Seen twice."})
    assert "trained from the network `stain`" in card_text("discs", further)
    assert "\n- Seen twice.\n" in card_text("discs", further)


def test_tiles_give_what_the_whole_field_gives(monkeypatch, trained: TrainedNetwork):
    image = torch.from_numpy(bright_discs(3).pixels.astype(np.float32))
    whole = predict_maps(image, trained.network)
    monkeypatch.setattr(predict, "TILE_PX", 32)
    for tiled, expected in zip(predict_maps(image, trained.network), whole, strict=True):
        assert np.abs(tiled - expected).max() < 1e-3


def test_a_field_of_twice_the_size_is_resized_to_that_of_training(trained: TrainedNetwork):
    field = bright_discs(4)
    large = np.repeat(np.repeat(field.pixels, 2, 1), 2, 2)
    found = find_instances(large, trained, scale_for(trained, 2 * trained.diameter_px, None))
    assert found.shape == (192, 192)
    known = np.repeat(np.repeat(field.labels, 2, 0), 2, 1)
    assert match_instances(known, found).f1 >= 0.8


def test_the_scale_follows_the_diameter_then_the_pixel_size():
    network = InstanceUNet(1, (4, 8))
    known = TrainedNetwork(network, "phase", scale=0.5, diameter_px=30, pixel_size_um=2.0)
    assert scale_for(known, 60, 0.5) == 0.5
    assert scale_for(known, None, 0.5) == 0.25
    assert scale_for(known, None, None) == 0.5
    assert scale_for(known, 3, None) == 2  # not 10: within a factor of 4 of training


def test_a_file_that_is_no_network_is_named(tmp_path: Path):
    (tmp_path / "notes.safetensors").write_text("no network")
    with pytest.raises(UserError, match=r"notes\.safetensors"):
        load_network(str(tmp_path / "notes.safetensors"), "network")
    with pytest.raises(UserError, match="no such file"):
        PhaseConfig(network="mine.safetensors").model_files()


def test_without_a_network_rough_regions_are_cells():
    """Two patches of texture on smooth ground."""
    random = np.random.default_rng(0)
    field = np.full((160, 160), 100.0)
    for row, col in ((40, 40), (110, 100)):
        field[row : row + 30, col : col + 30] += random.normal(0, 20, (30, 30))
    image = Image("f", field[None].astype(np.float32), ("grey",), (ChannelRange(0, 255, "x"),))
    found = segment(image, PhaseConfig(network=None, cell_diameter_px=30))
    assert found["cells"].max() == 2
    assert "nuclei" not in found


def test_without_a_network_haematoxylin_shows_nuclei():
    """Two blue discs on pink ground."""
    labels = discs((30, 30, 9), (60, 64, 10))
    pink, blue = np.array([230.0, 170, 200]), np.array([110.0, 80, 160])
    pixels = np.where(labels > 0, blue[:, None, None], pink[:, None, None]).astype(np.uint8)
    ranges = tuple(ChannelRange(0, 255, "x") for _ in range(3))
    image = Image("f", pixels, ("red", "green", "blue"), ranges)
    assert segment(image, StainConfig(network=None))["nuclei"].max() == 2
    with pytest.raises(UserError, match="red, green and blue"):
        segment(Image("f", pixels[:1], ("dna",), ranges[:1]), StainConfig(network=None))


def test_without_its_brown_ihc_shows_blue_nuclei_as_dark_as_those_of_he():
    """A pale nucleus (0.2 of haematoxylin) in brown cytoplasm, which is darker than it."""
    densities = np.zeros((3, 20, 30), np.float32)
    densities[2, :, 10:] = 0.6
    densities[2, 5:15, 15:25], densities[0, 5:15, 15:25] = 0.15, 0.2
    light = 10 ** -np.tensordot(VECTORS.T, densities, 1)
    assert light[:, 10, 20].mean() > light[:, 2, 20].mean()
    clean = without_dab(np.rint(light * 255).astype(np.uint8))
    nucleus = 10 ** -(0.52 * VECTORS[0])
    np.testing.assert_allclose(clean[:, 10, 20], nucleus, atol=0.05)
    np.testing.assert_allclose(clean[:, 2, 20], 1, atol=0.05)
    np.testing.assert_allclose(clean[:, 2, 2], 1, atol=0.01)


def test_an_image_is_segmented_again_at_the_scale_of_the_first_time(monkeypatch):
    """A diameter that was measured and not given would resize the second one otherwise."""
    scales = []

    def note(trained, diameter_px, pixel_size_um):
        scales.append(diameter_px)
        return 1.0

    found = discs((30, 30, 12), (60, 64, 10))
    module = "cytoforge.segmentation.methods.stain.segment"
    monkeypatch.setattr(f"{module}.load_network", lambda name, key: None)
    monkeypatch.setattr(f"{module}.described_by", lambda name: name)
    monkeypatch.setattr(f"{module}.scale_for", note)
    monkeypatch.setattr(f"{module}.find_instances", lambda pixels, trained, scale: found)
    ranges = tuple(ChannelRange(0, 255, "x") for _ in range(3))
    image = Image("f", np.zeros((3, 96, 96), np.uint8), ("red", "green", "blue"), ranges)
    segment_like(image, segment(image, StainConfig()), StainConfig())
    assert scales == [None, None]
