"""A training between two domains, from tiles to the model folder; domains need no pairs."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from cytoforge.synthesis.trained import load_trained
from cytoforge.training.assignment import Pretrained
from cytoforge.training.data import TrainingData
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.training.small_translators import SIDE, config
from tests.training.stopping import squared, stopping_at

FILES = ("model.safetensors", "discriminators.safetensors", "model.json", "history.csv")
FILES += ("samples.png", "model_card.json", "model_card.md")


def data(train_a: int = 4, train_b: int = 7) -> TrainingData:
    """Spots, dark on bright in domain A and bright on dark in B."""
    random = np.random.default_rng(0)

    def tiles(count: int, ground: float, spot: float) -> np.ndarray:
        images = np.full((count, 3, SIDE, SIDE), ground, np.float32)
        for image, (y, x) in zip(images, random.integers(0, SIDE - 8, (count, 2)), strict=True):
            image[:, y : y + 8, x : x + 8] = spot
        return images

    return TrainingData(
        train={"images_a": tiles(train_a, 0.9, 0.3), "images_b": tiles(train_b, 0.1, 0.6)},
        val={"images_a": tiles(3, 0.9, 0.3), "images_b": tiles(2, 0.1, 0.6)},
        n_codes=0,
        colours=(),
        info={
            "codes": [], "domains": ["ihc", "he"], "channels": ["red", "green", "blue"],
            "tile_px": SIDE, "dtype": "uint8", "ranges": [[0, 255, "fixed"]] * 3,
            "pixel_size_um": 0.5, "training_images": ["x", "y"],
        },
        apart=True,
    )  # fmt: skip


def trained(folder: Path, model: str = "cyclegan", kernel=None, **overrules) -> dict[str, bytes]:
    distances = {"kernel": kernel} if kernel else {}
    train(
        data(), config(model, **overrules), model, folder / "model", folder / "state",
        seed=1, threads=1, device="cpu", pretrained=Pretrained(distances),
    )  # fmt: skip
    return {name: (folder / "model" / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("model", ["cyclegan", "cut"])
def test_a_model_folder_is_left(tmp_path, model):
    assert all(trained(tmp_path, model).values())
    info = json.loads((tmp_path / "model" / "model.json").read_text())
    both = model == "cyclegan"
    assert info["condition"]["reverse"] is both
    assert info["domains"] == ["ihc", "he"]
    kept = {name.split(".")[0] for name in load_file(tmp_path / "model" / "model.safetensors")}
    assert kept == {"generator_ab", "generator_ba"} if both else {"generator_ab"}
    rows = list(csv.DictReader((tmp_path / "model" / "history.csv").open()))
    scored = [row for row in rows if row["val_translation"]]
    assert [row["step"] for row in scored] == ["2", "4", "6"]
    assert all(bool(row["val_cycle"]) is both for row in scored)
    card = (tmp_path / "model" / "model_card.md").read_text()
    assert "| domains | ihc to he |" in card and "One label map" not in card
    # Columns: A, B made of it, B and, where there is a way back, A made of that; two rows.
    sheet = np.asarray(Image.open(tmp_path / "model" / "samples.png"))
    columns = 4 if both else 3
    assert sheet.shape[:2] == (2 * SIDE + 4, columns * SIDE + (columns - 1) * 4)
    loaded = load_trained(tmp_path / "model")
    assert loaded.info["outcome"]["trivial"] > 0


def test_a_stopped_training_continues_to_the_same_bytes(tmp_path):
    settings = {"pool_size": 3, "ema_decay": 0.5, "validation_scores": ("kernel",)}
    whole = trained(tmp_path / "whole", kernel=distance(), **settings)
    with pytest.raises(TrainingInterrupted):
        trained(tmp_path / "parts", kernel=distance(stops=1), **settings)
    assert trained(tmp_path / "parts", kernel=distance(), **settings) == whole


def distance(stops: int = 0):
    """The distance of the sets' means, which may ask its training to stop."""
    asked = stopping_at(stops, squared) if stops else squared
    return lambda made, real: asked(made.mean(0), real.mean(0))


def test_patience_ends_it_and_the_best_over_all_val_tiles_is_kept(tmp_path):
    scores = iter([0.5, 0.2, 0.4, 0.3, 0.9])
    seen = []

    def kernel(made, real) -> float:
        seen.append((len(made), len(real)))
        return next(scores)

    trained(tmp_path, kernel=kernel, select_by="kernel", patience=2, steps=100)
    info = json.loads((tmp_path / "model" / "model.json").read_text())
    assert (info["best_step"], info["best_score"], info["steps"]) == (4, 0.2, 8)
    assert set(seen) == {(3, 2)}


def test_another_training_goes_on_from_it(tmp_path):
    trained(tmp_path / "first")
    folder = tmp_path / "first" / "model"
    freeze = ("generator.encoder", "generator.blocks", "discriminator.blocks.0")
    trained(tmp_path / "second", initial=str(folder), freeze=freeze, steps=2)
    for name, held in (("model", ".encoder."), ("discriminators", ".blocks.0.")):
        runs = [tmp_path / run / "model" / f"{name}.safetensors" for run in ("first", "second")]
        one, other = map(load_file, runs)
        for key, value in one.items():
            assert held not in key or np.array_equal(value, other[key]), key
        assert any(not np.array_equal(value, other[key]) for key, value in one.items())
