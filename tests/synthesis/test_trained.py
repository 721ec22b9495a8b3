"""A trained model is loaded whole or not at all, and gives the same image every time."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoforge.config.models import SynthesisConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, read_provenance, write_image
from cytoforge.images.set_manifest import files_of_set, read_manifest, write_manifest
from cytoforge.references.label_map_file import read_label_map, write_label_map
from cytoforge.synthesis.run import SetRequest, make_set
from cytoforge.synthesis.trained import load_trained
from tests.synthesis.models import N_CODES, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A pix2pix of 64 px tiles."""
    return write_model(
        tmp_path / "model", "pix2pix", {"generator": "unet_64", "generator_filters": 4}
    )


@pytest.fixture
def label_map() -> np.ndarray:
    return np.random.default_rng(0).integers(0, N_CODES, (100, 150)).astype(np.uint8)


def test_images_are_in_the_unit_range_and_repeatable(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    tiles = {"labels": label_map[None, :64, :64]}
    image = generator.sample(tiles)
    assert image.shape == (1, 1, 64, 64)
    assert 0 <= image.min() <= image.max() <= 1
    assert np.array_equal(generator.sample(tiles), image)


def test_dropout_is_drawn_from_the_seed(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    tiles = {"labels": label_map[None, :64, :64]}
    one, same, other = (generator.sample(tiles, dropout_seeds=[seed]) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_tile_does_not_depend_on_its_batch(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    tiles = np.stack([label_map[:64, :64], label_map[30:94, 70:134]])
    together = generator.sample({"labels": tiles}, norm_stats="instance")
    alone = generator.sample({"labels": tiles[:1]}, norm_stats="instance")
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)


def test_an_image_that_is_no_number_is_refused(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    next(generator.sampler.parameters()).data.fill_(float("nan"))
    with pytest.raises(UserError, match=r"NaN or infinity(.|\n)*inference: exact"):
        generator.sample({"labels": label_map[None, :64, :64]})


def test_weights_of_another_model_are_refused(model: Path):
    (model / "model.safetensors").write_bytes(b"other")
    with pytest.raises(UserError, match=r"the weights named in model\.json"):
        load_trained(model)


def test_a_missing_file_is_named(model: Path):
    (model / "model.json").unlink()
    with pytest.raises(UserError, match=r"model\.json"):
        load_trained(model)


def test_a_model_of_an_earlier_version_is_refused(model: Path):
    info = json.loads((model / "model.json").read_text())
    del info["condition"]
    (model / "model.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match=r"model\.json(.|\n)*train the model again"):
        load_trained(model)


def test_a_field_of_any_size_in_a_notebook(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    field = generator.field(label_map)
    assert field.shape == (1, 100, 150)
    assert field.dtype == np.float32
    assert 0 <= field.min() <= field.max() <= 1
    assert np.array_equal(field, generator.field(label_map, seed=9))  # nothing is drawn here
    with pytest.raises(UserError, match=f"codes 0 to {N_CODES - 1}"):
        generator.field(label_map + 1)


def test_a_field_of_one_tile_is_that_tile(model: Path, label_map: np.ndarray):
    generator = load_trained(model)
    tile = label_map[:64, :64]
    np.testing.assert_allclose(
        generator.field(tile), generator.sample({"labels": tile[None]})[0], atol=1e-6
    )


def test_a_tile_the_generator_cannot_halve_is_refused(model: Path, label_map: np.ndarray):
    with pytest.raises(UserError, match=r"a multiple of 64(.|\n)*96"):
        load_trained(model).field(label_map, config=SynthesisConfig(tile_px=96))


def run(model: Path, maps: list[Path], images: list[Path], out: Path, **config: Any) -> None:
    """Make a set on the CPU."""
    request = SetRequest("e", maps, images, samples=range(config.pop("samples", 1)))
    make_set(model, request, out, SynthesisConfig.model_validate(config), seed=1, device="cpu")


def test_a_map_named_like_an_image_takes_its_pixel_size_but_not_its_brightness(
    model: Path, label_map: np.ndarray, tmp_path: Path
):
    ranges = (ChannelRange(0, 200, "minmax"),)
    like = Image("a", np.zeros((1, 100, 150), np.uint8), ("actin",), ranges, 0.3)
    write_image(tmp_path / "a.ome.tif", like)
    for name in "ab":
        write_label_map(tmp_path / f"{name}.tif", label_map)
    maps = [tmp_path / "a.tif", tmp_path / "b.tif"]
    run(model, maps, [tmp_path / "a.ome.tif"], tmp_path / "out")
    made, free = (read_image(tmp_path / f"out/fields/{name}.ome.tif") for name in "ab")
    assert (made.pixels.dtype, made.pixel_size_um) == (np.uint16, 0.3)
    assert made.ranges == free.ranges == (ChannelRange(100, 4100, "percentile"),)
    assert np.array_equal(made.pixels, free.pixels)
    assert (free.pixels.dtype, free.pixel_size_um) == (np.uint16, 0.65)
    assert free.pixels.min() >= 100
    assert made.shape == label_map.shape


def test_several_samples_of_a_map_differ_and_carry_their_provenance(
    model: Path, label_map: np.ndarray, tmp_path: Path
):
    write_label_map(tmp_path / "m.tif", label_map)
    # Untrained weights are so small that only an instance norm lets dropout reach the output.
    how = {"samples": 2, "dropout": "seeded", "norm_stats": "instance"}
    run(model, [tmp_path / "m.tif"], [], tmp_path / "out", **how)
    first, second = (read_image(tmp_path / f"out/fields/{name}.ome.tif") for name in ("m", "m_s1"))
    assert not np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(read_label_map(tmp_path / "out/fields/m_s1_labels.tif"), label_map)
    fields = tmp_path / "out/fields"
    assert len(list(fields.iterdir())) == 4
    seeds = {read_provenance(fields / f"{name}.ome.tif")["seed"] for name in ("m", "m_s1")}
    assert len(seeds) == 2


def test_the_maps_of_another_set_keep_their_names_and_the_image_behind_them(
    model: Path, label_map: np.ndarray, tmp_path: Path
):
    ranges = (ChannelRange(0, 200, "minmax"),)
    like = Image("a", np.zeros((1, 100, 150), np.uint8), ("actin",), ranges, 0.3)
    write_image(tmp_path / "a.ome.tif", like)
    write_label_map(tmp_path / "drawn/fields/a_s1_labels.tif", label_map)
    row = {"name": "a_s1", "labels": "fields/a_s1_labels.tif", "source": "a"}
    write_manifest(tmp_path / "drawn", [row])
    request = SetRequest(
        "e", images=[tmp_path / "a.ome.tif"], maps_of=tmp_path / "drawn/manifest.csv"
    )
    make_set(model, request, tmp_path / "out", SynthesisConfig(), seed=1, device="cpu")
    (made,) = read_manifest(tmp_path / "out/manifest.csv")
    assert (made["name"], made["source"]) == ("a_s1", "a")
    # As the image behind the map has it.
    assert read_image(made["image"]).pixel_size_um == 0.3


def test_a_users_map_is_named_by_its_file_whatever_its_end(
    model: Path, label_map: np.ndarray, tmp_path: Path
):
    for name in ("wound", "wound_labels"):
        write_label_map(tmp_path / f"{name}.tif", label_map)
    run(model, [tmp_path / "wound.tif", tmp_path / "wound_labels.tif"], [], tmp_path / "out")
    assert list(files_of_set(tmp_path / "out/manifest.csv", "image")) == ["wound", "wound_labels"]


def test_a_map_named_like_a_sample_of_another_loses_nothing(
    model: Path, label_map: np.ndarray, tmp_path: Path
):
    maps = [tmp_path / "a.tif", tmp_path / "a_s1.tif"]
    for path in maps:
        write_label_map(path, label_map[:64, :64])
    how = {"samples": 2, "dropout": "seeded", "norm_stats": "instance"}
    run(model, maps, [], tmp_path / "out", **how)
    named = files_of_set(tmp_path / "out/manifest.csv", "image")
    assert list(named) == ["a", "a_ss1", "a_s1", "a_s1_ss1"]
    assert all(path.is_file() for path in named.values())
