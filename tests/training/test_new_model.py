"""A new model is a folder that is found by its name: all else knows what to do with it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cytoforge import models
from cytoforge.jobs import by_name, staleness
from cytoforge.synthesis.trained import load_trained
from cytoforge.training import fingerprint
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.training import painter
from tests.training.stopping import constant, stopping_at

STEPS = 24
CONFIG = painter.PainterConfig(
    steps=STEPS, batch_size=2, learning_rate=0.05, ema_decay=0.5, validate_every=6,
    augment="flip_rotate", select_by="last",
)  # fmt: skip
# Equal trainings have them in common; training.json has times.
FILES = {
    *("model.safetensors", "history.csv", "samples.png"),
    *("model.json", "model_card.json", "model_card.md"),
}


@pytest.fixture(autouse=True)
def _found(monkeypatch, tmp_path_factory) -> None:
    """Put the model's folder, outside the package, where models are looked for."""
    folder = tmp_path_factory.mktemp("plugins") / "models" / "painter"
    folder.mkdir(parents=True)
    for part, names in {"config": "CONFIG", "networks": "build_sampler", "model": "build"}.items():
        text = f"from tests.training.painter import {names}\n"
        (folder / f"{part}.py").write_text(text)
    monkeypatch.setenv(by_name.VARIABLE, str(folder.parents[1]))
    monkeypatch.setattr(models, "__path__", list(models.__path__))  # restored afterwards


def trained(data, folder: Path, perceptual=constant) -> dict[str, bytes]:
    """Train, and return the files."""
    train(
        data, CONFIG, "painter", folder / "model", folder / "state",
        seed=1, threads=1, device="cpu", pretrained=Pretrained({"lpips": perceptual}),
    )  # fmt: skip
    return {name: (folder / "model" / name).read_bytes() for name in FILES}


def test_it_trains_is_validated_and_described(tiny_data, tmp_path):
    data = tiny_data()
    assert set(trained(data, tmp_path)) == FILES
    rows = list(csv.DictReader((tmp_path / "model" / "history.csv").open()))
    scores = [float(row["val_l1"]) for row in rows if row["val_l1"]]
    assert len(scores) == 4
    assert scores[-1] < 0.04 < 0.1 < scores[0]
    card = json.loads((tmp_path / "model" / "model_card.json").read_text())
    assert (card["model"], card["task"]) == ("painter", "labels_to_image")
    assert card["parameters"] == {"generator": 3 * 8 + 8 + 8 * 2 + 2}
    sheets = sorted(path.name for path in (tmp_path / "state" / "sheets").iterdir())
    assert sheets == [f"step_{step:07}.png" for step in (6, 12, 18, 24)]


def test_a_stopped_training_continues_to_the_same_bytes(tiny_data, tmp_path, capsys):
    whole = trained(tiny_data(), tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        trained(tiny_data(), tmp_path / "parts", stopping_at(1))
    assert trained(tiny_data(), tmp_path / "parts") == whole
    assert "continuing after step 6" in capsys.readouterr().err
    assert json.loads(whole["model.json"])["tiles_seen"] == 2 * STEPS


def test_another_code_of_it_is_another_training(tiny_data):
    settings, data = {"model": "painter", "training": {"task": "labels_to_image"}}, tiny_data()
    before = fingerprint.training_fingerprint(settings, data)
    model = by_name.plugin_folder() / "models" / "painter" / "model.py"
    model.write_text(model.read_text() + "SLOPE = 2\n")
    staleness.forget()
    assert fingerprint.training_fingerprint(settings, data) != before


def test_synthesis_paints_any_label_map(tiny_data, tmp_path):
    trained(tiny_data(), tmp_path)
    generator = load_trained(tmp_path / "model")
    label_map = np.zeros((100, 230), np.uint8)
    label_map[40:60, 50:200] = 2
    field = generator.field(label_map)
    assert field.shape == (2, 100, 230)
    # The first channel is 0.85 where the code is 2, all else 0.05, as the train tiles have it.
    expected = np.stack([np.where(label_map == 2, 0.85, 0.05), np.full(label_map.shape, 0.05)])
    np.testing.assert_allclose(field, expected, atol=0.03)
