"""From tiles to a model folder."""

import csv
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cytoforge.errors import UserError
from cytoforge.jobs.provenance import sha256_file
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.networks import build_sampler
from cytoforge.networks.layers import prepare_inference
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import PLANES, TileSet
from cytoforge.training.assignment import Pretrained
from cytoforge.training.run import train
from cytoforge.training.tile_data import training_data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model folder, and the config, data and state folder of its training."""
    folder = tmp_path_factory.mktemp("trained")
    config = Pix2PixConfig(
        steps=5,
        batch_size=2,
        generator="unet_128",
        generator_filters=4,
        discriminator_filters=4,
        validate_every=2,
        ema_decay=0.5,
    )
    tiles = tile_set()
    data = training_data(tiles)
    model, state = folder / "model", folder / "state"
    train(data, config, "pix2pix", model, state, seed=1, threads=1, device="cpu")
    return model, config, data, state


def tile_set() -> TileSet:
    """Three train tiles of two images with different ranges, one val tile, one test tile."""
    random = np.random.default_rng(0)
    sources = ["a", "a", "b", "a", "b"]
    splits = ["train", "train", "train", "val", "test"]
    rows = [
        TileRow(f"{image}_{i}", image, 0, 128 * i, split, image, 0.0, "")
        for i, (image, split) in enumerate(zip(sources, splits, strict=True))
    ]
    info = {
        "tile_px": 128,
        "channels": ["dna"],
        "dtype": "uint16",
        "codes": [
            {"code": i, "name": name, "region": name, "layer": None, "colour": [i * 90] * 3}
            for i, name in enumerate(["gap", "background", "nucleus"])
        ],
        "ranges": {"a": [[0, 1000, "percentile"]], "b": [[100, 3100, "percentile"]]},
        "pixel_size_um": {"a": 0.5, "b": None},
        "class_pixels": {},
        "placements": [],
    }
    images = random.integers(0, 3000, (5, 1, 128, 128), dtype=np.uint16)
    labels = random.integers(0, 3, (5, 128, 128), dtype=np.uint8)
    instances = random.integers(0, 9, (5, 128, 128), dtype=np.uint16)
    planes = {"images": images, "labels": labels, "instances": instances}
    info["planes"] = {
        name: {"kind": PLANES[name], "dtype": str(p.dtype)} for name, p in planes.items()
    }
    return TileSet(planes, rows, info)


def test_training_sees_train_and_val_tiles_in_unit_range():
    tiles = tile_set()
    data = training_data(tiles)
    assert data.train["images"].shape == (3, 1, 128, 128)
    assert np.array_equal(data.val["labels"], tiles["labels"][3:4])
    expected = np.clip((tiles["images"][2].astype(np.float64) - 100) / 3000, 0, 1)
    np.testing.assert_allclose(data.train["images"][2], expected, atol=1e-6)


def test_the_model_says_all_that_synthesis_needs(trained):
    folder, config, _, _ = trained
    model = json.loads((folder / "model.json").read_text())
    assert model["model"] == "pix2pix"
    assert Pix2PixConfig(**model["training"]) == config
    assert (model["n_codes"], model["channels"], model["tile_px"]) == (3, ["dna"], 128)
    assert model["ranges"] == [[50, 2050, "percentile"]]  # medians of the two images
    assert model["pixel_size_um"] == 0.5
    assert model["dtype"] == "uint16"
    assert model["codes"][2]["name"] == "nucleus"
    assert model["weights_sha256"] == sha256_file(folder / "model.safetensors")
    assert "torch" in model["versions"]


def test_the_sampler_is_rebuilt_from_the_folder(trained):
    folder, config, data, _ = trained
    sampler = build_sampler(config, 3, 1)
    sampler.load_state_dict(load_file(folder / "model.safetensors"))
    prepare_inference(sampler)
    with torch.inference_mode():
        fake = sampler({"labels": torch.from_numpy(data.val["labels"])}, {}) * 0.5 + 0.5
    rows = list(csv.DictReader((folder / "history.csv").open()))
    best = json.loads((folder / "model.json").read_text())["best_step"]
    recorded = next(float(row["val_l1"]) for row in rows if int(row["step"]) == best)
    measured = float((fake - torch.from_numpy(data.val["images"])).abs().mean())
    assert measured == pytest.approx(recorded, abs=1e-5)


def test_the_history_has_losses_each_row_and_scores_at_validations(trained):
    rows = list(csv.DictReader((trained[0] / "history.csv").open()))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5]
    assert [bool(row["val_l1"]) for row in rows] == [False, True, False, True, True]
    assert [int(row["images_seen"]) for row in rows] == [2, 4, 6, 8, 10]
    assert all(float(row["g_l1"]) > 0 for row in rows)


def test_totals_count_what_was_trained(trained):
    totals = json.loads((trained[0] / "training.json").read_text())
    assert (totals["steps"], totals["train_tiles"], totals["val_tiles"]) == (5, 3, 1)
    assert totals["seconds"] > 0
    weights = load_file(trained[0] / "model.safetensors")
    trainable = [
        v for name, v in weights.items() if not name.endswith(("_mean", "_var", "_tracked"))
    ]
    assert totals["parameters"]["generator"] == sum(value.numel() for value in trainable)


def test_sheets_and_events_lie_beside_the_state(trained):
    state = trained[3]
    sheets = sorted(path.name for path in (state / "sheets").iterdir())
    assert sheets == ["step_0000002.png", "step_0000004.png", "step_0000005.png"]
    assert list((state / "tensorboard").glob("events.out.tfevents.*"))


def test_whoever_may_read_new_files_may_read_a_model(trained, tmp_path):
    (tmp_path / "new").touch()
    files = [path for folder in (trained[0], trained[3]) for path in folder.rglob("*.*")]
    modes = {path.name: oct(path.stat().st_mode) for path in files if path.is_file()}
    assert "model.safetensors" in modes
    assert set(modes.values()) == {oct((tmp_path / "new").stat().st_mode)}, modes


def test_plain_lines_with_pace_where_there_is_no_terminal(tiny_config, tiny_data, tmp_path, capsys):
    train(
        tiny_data(), tiny_config(steps=2), "pix2pix", tmp_path / "m", tmp_path / "s",
        seed=1, threads=1, device="cpu", pretrained=Pretrained({"lpips": lambda fake, real: 0.25}),
    )  # fmt: skip
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "device: cpu, 1 threads"
    *_, last, outcome, warning = lines
    assert "step 2/2" in last
    assert "to go" in last
    assert "val_lpips 0.25" in last
    assert outcome.startswith("outcome: outputs vary")
    assert warning.startswith("warning: collapsed") and "`training.steps` (now 2)" in warning


def test_training_without_val_tiles_keeps_the_last_step(tiny_config, tiny_data, tmp_path):
    train(
        tiny_data(val=0), tiny_config(steps=3), "pix2pix", tmp_path / "m", tmp_path / "s",
        seed=1, threads=1, device="cpu",
    )  # fmt: skip
    assert json.loads((tmp_path / "m" / "model.json").read_text())["best_step"] == 3


def test_patience_ends_training_early(tiny_config, tiny_data, tmp_path, capsys):
    scores = iter([0.1, 0.2, 0.3, 0.4, 0.5])
    train(
        tiny_data(val=1), tiny_config(steps=10, patience=2), "pix2pix", tmp_path / "m",
        tmp_path / "s", seed=1, threads=1, device="cpu",
        pretrained=Pretrained({"lpips": lambda fake, real: next(scores)}),
    )  # fmt: skip
    model = json.loads((tmp_path / "m" / "model.json").read_text())
    assert (model["best_step"], model["steps"]) == (2, 6)
    assert "stopped early" in capsys.readouterr().err


def test_a_tile_that_does_not_fit_the_generator_stops_before_training(
    tiny_config, tiny_data, tmp_path
):
    with pytest.raises(UserError, match="multiples of 128"):
        train(tiny_data(side=64), tiny_config(), "pix2pix", tmp_path / "m", tmp_path / "s", seed=1)
    assert not (tmp_path / "s").exists()


def test_a_training_of_given_time_ends_with_it_and_is_validated(tiny_config, tiny_data, tmp_path):
    config = tiny_config(minutes=1 / 60, validate_every=1000)
    folders = tmp_path / "model", tmp_path / "state"
    train(tiny_data(), config, "pix2pix", *folders, seed=1, threads=1, device="cpu")
    totals = json.loads((tmp_path / "model" / "training.json").read_text())
    assert totals["seconds"] >= 1
    rows = list(csv.DictReader((tmp_path / "model" / "history.csv").open()))
    assert int(rows[-1]["step"]) == totals["steps"]
    assert rows[-1]["val_l1"]
    # The rate follows the time spent, as it would follow the steps.
    assert float(rows[-1]["learning_rate"]) < config.learning_rate
