"""`label_unet`: its losses against sums by hand, a step against PyTorch's, and what it learns."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cytoforge.compute.steps import Batch
from cytoforge.models.label_unet.config import LabelUNetConfig
from cytoforge.models.label_unet.model import LabelUNet, dice_loss
from cytoforge.models.model import ModelSetup
from cytoforge.synthesis.trained import load_trained
from cytoforge.training import run

CODES = 3
SMALL = {"widths": (4, 8), "batch_size": 2, "augment": "none", "learning_rate": 0.01}


def batch() -> Batch:
    random = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 2, (2, 16, 16), generator=random, dtype=torch.uint8)
    return Batch({"labels": labels, "images": torch.rand(2, 1, 16, 16, generator=random) * 2 - 1})


def model(**settings: object) -> LabelUNet:
    config = LabelUNetConfig(**{**SMALL, **settings})
    return LabelUNet(ModelSetup(config, CODES, 1, 5, torch.device("cpu")))


def test_dice_is_the_mean_over_the_classes_that_occur():
    random = np.random.default_rng(1)
    scores, labels = random.normal(size=(2, 4, 5, 6)), random.integers(0, 3, (2, 5, 6))
    found = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    values = []
    for code in range(3):  # none has code 3
        wanted = labels == code
        shared = found[:, code][wanted].sum()
        values.append(2 * shared / (found[:, code].sum() + wanted.sum()))
    loss = dice_loss(torch.from_numpy(found), torch.from_numpy(labels))
    assert loss.item() == pytest.approx(1 - np.mean(values))


@pytest.mark.parametrize("weight", [0, 2.5])
def test_a_step_is_that_of_plain_pytorch(weight: float):
    ours, given = model(lambda_dice=weight), batch()
    plain = model(lambda_dice=weight).networks["generator"]
    optimiser = torch.optim.Adam(plain.parameters(), lr=0.01, betas=(0.5, 0.999))
    losses = ours.step(given, 0)
    scores, labels = plain(given["images"]), given["labels"].long()
    entropy = F.cross_entropy(scores, labels)
    dice = dice_loss(scores.softmax(1), labels)
    (entropy + weight * dice).backward()
    optimiser.step()
    assert losses["cross_entropy"].item() == pytest.approx(entropy.item(), rel=1e-5)
    assert losses["dice"].item() == pytest.approx(dice.item(), rel=1e-5)
    for mine, other in zip(
        ours.networks["generator"].parameters(), plain.parameters(), strict=True
    ):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)


def test_it_learns_label_maps_and_names_them_again_when_loaded(tiny_data, tmp_path):
    data = tiny_data(side=32)
    config = LabelUNetConfig(**{**SMALL, "steps": 30, "validate_every": 30})
    run.train(
        data, config, "label_unet", tmp_path / "model", tmp_path / "state",
        seed=1, threads=1, device="cpu",
    )  # fmt: skip
    made = load_trained(tmp_path / "model").sample({"images": np.asarray(data.val["images"])})
    found, wanted = made.argmax(1) == 2, np.asarray(data.val["labels"]) == 2
    assert (found == wanted).mean() > 0.95  # the other codes look alike
    assert json.loads((tmp_path / "model/model_card.json").read_text())["task"] == "image_to_labels"
