"""Whole trainings of pix2pix's options, and that each continues to the same bytes."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from cytoforge.errors import UserError
from cytoforge.training import run
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.sheet import MARGIN_PX
from tests.training.stopping import constant, stopping_at

FILES = ("model.safetensors", "history.csv", "samples.png")


def train(data, config, folder, perceptual=None) -> dict[str, bytes]:
    run.train(
        data, config, "pix2pix", folder / "model", folder / "state",
        seed=1, threads=1, device="cpu",
        pretrained=Pretrained({"lpips": perceptual} if perceptual else {}),
    )  # fmt: skip
    return {name: (folder / "model" / name).read_bytes() for name in FILES}


@pytest.mark.parametrize(
    "options",
    [
        {"pool_size": 3},
        {"gan_mode": "wgan_gp", "norm": "instance"},
        {"generator": "resnet_6", "discriminator": "pixel"},
        {"schedule": "plateau", "validate_every": 1, "steps": 12},
        {"schedule": "cosine"},
    ],
    ids=lambda options: "-".join(options),
)
def test_a_stopped_training_continues_to_the_same_bytes(tiny_config, tiny_data, tmp_path, options):
    data, config = tiny_data(), tiny_config(**options)
    whole = train(data, config, tmp_path / "whole", constant)
    with pytest.raises(TrainingInterrupted):
        train(data, config, tmp_path / "parts", stopping_at(2))
    assert train(data, config, tmp_path / "parts", constant) == whole


def test_a_pool_changes_what_is_learnt(tiny_config, tiny_data, tmp_path):
    without = train(tiny_data(), tiny_config(), tmp_path / "a")
    assert train(tiny_data(), tiny_config(pool_size=2), tmp_path / "b") != without


def test_plateau_lowers_the_rate_when_validations_stand_still(tiny_config, tiny_data, tmp_path):
    config = tiny_config(schedule="plateau", validate_every=1, steps=9, learning_rate=1e-3)
    train(tiny_data(), config, tmp_path, constant)
    rows = csv.DictReader((tmp_path / "model" / "history.csv").open())
    # The first of equal scores is the best; 6 more are 1 more than patience has.
    expected = [1e-3] * 7 + [2e-4] * 2
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx(expected)


def test_plateau_without_validation_tiles_is_refused(tiny_config, tiny_data, tmp_path):
    with pytest.raises(UserError, match=r"schedule(.|\n)*no val tiles"):
        train(tiny_data(val=0), tiny_config(schedule="plateau"), tmp_path)


def test_a_resnet_takes_tiles_that_no_unet_takes(tiny_config, tiny_data, tmp_path):
    data = tiny_data(side=48)
    with pytest.raises(UserError, match="multiples of 128"):
        train(data, tiny_config(steps=2), tmp_path / "unet")
    train(data, tiny_config(steps=2, generator="resnet_6"), tmp_path / "resnet")


def test_label_maps_of_images_are_learnt(tiny_config, tiny_data, tmp_path):
    config = tiny_config(task="image_to_labels", steps=60, validate_every=30, learning_rate=5e-3)
    train(tiny_data(), config, tmp_path, stopping_at(1))  # a perceptual distance is never asked
    rows = [
        row for row in csv.DictReader((tmp_path / "model" / "history.csv").open()) if row["val_l1"]
    ]
    scores = [float(row["val_l1"]) for row in rows]
    assert scores[-1] < scores[0] < 1
    assert "val_lpips" not in rows[0]
    assert all(0 <= float(row["val_error"]) <= 1 for row in rows)
    model = json.loads((tmp_path / "model" / "model.json").read_text())
    assert model["training"]["task"] == "image_to_labels"
    assert model["best_score"] == pytest.approx(min(scores))


def test_the_sheet_of_predictions_shows_image_prediction_and_label_map(
    tiny_config, tiny_data, tmp_path
):
    data = tiny_data()
    train(data, tiny_config(task="image_to_labels", steps=2), tmp_path)
    sheet = np.asarray(Image.open(tmp_path / "model" / "samples.png"))
    palette = np.array(data.colours, np.uint8)
    step = 128 + MARGIN_PX
    predicted = sheet[:128, step : step + 128].reshape(-1, 3)
    assert {tuple(colour) for colour in np.unique(predicted, axis=0)} <= set(data.colours)
    assert np.array_equal(sheet[:128, 2 * step :], palette[data.val["labels"][0]])


def test_the_card_of_a_model_of_label_maps_says_how_it_is_used(tiny_config, tiny_data, tmp_path):
    train(tiny_data(), tiny_config(task="image_to_labels", steps=1), tmp_path)
    card = json.loads((tmp_path / "model" / "model_card.json").read_text())
    assert card["task"] == "image_to_labels"
    page = (tmp_path / "model" / "model_card.md").read_text()
    assert "label_map = model.field(read_image(" in page
