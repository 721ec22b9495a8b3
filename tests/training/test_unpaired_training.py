"""OASIS without pairs: label maps of one domain, images of another, of each all there are."""

import csv
import json

import numpy as np
import pytest

from cytoforge.models.oasis.config import OasisConfig
from cytoforge.synthesis.trained import load_trained
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train
from tests.training.small_oasis import config

UNPAIRED = {"task": "labels_to_domain", "supervision": "usis", "steps": 4, "validate_every": 2}


def data() -> TrainingData:
    random = np.random.default_rng(0)
    labels = np.kron(random.integers(0, 3, (8, 4, 4)), np.ones((8, 8))).astype(np.uint8)
    images = random.random((5, 2, 32, 32), np.float32)
    facts = {"channels": ["t1", "t2"], "dtype": "float32", "ranges": [[0, 90, "body"]] * 2}
    facts |= {"codes": [{"code": k, "name": f"organ {k}"} for k in range(3)]}
    facts |= {"tile_px": 32, "pixel_size_um": 3000.0, "training_images": ["ct", "mr"]}
    return TrainingData(
        train={"labels": labels[:6], "images": images[:3]},
        val={"labels": labels[6:7], "images": images[3:]},
        n_codes=3,
        colours=((0, 0, 0), (9, 9, 9), (0, 0, 255)),
        info={**facts, "domains": ["ct", "mr"]},
        apart=True,
    )


def test_a_model_folder_is_left_with_scores_of_sets(tmp_path):
    train(
        data(), config(**UNPAIRED, augment="none"), "oasis", tmp_path / "model", tmp_path / "state",
        seed=1, threads=1, device="cpu",
    )  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "model" / "history.csv").open()))
    scores = [name for name in rows[0] if name.startswith("val_")]
    assert scores == ["val_likeness", "val_distance", "val_structure"]
    assert all(float(rows[-1][name]) >= 0 for name in scores)
    info = json.loads((tmp_path / "model" / "model.json").read_text())
    assert info["outcome"]["trivial"] > 0
    card = (tmp_path / "model" / "model_card.md").read_text()
    assert "| domains | ct to mr |" in card and "Learned without a single pair" in card
    made = load_trained(tmp_path / "model").field(data().val["labels"][0])
    assert made.shape == (2, 32, 32) and made.min() >= 0 and made.max() <= 1


def test_without_pairs_nothing_but_usis_can_be_learned():
    with pytest.raises(ValueError, match="supervision"):
        OasisConfig(task="labels_to_domain")
