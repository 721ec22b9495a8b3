"""What a trained model makes, held against what it should make: arrays small enough to check."""

import json
import math

import pytest
import torch

from cytoforge.config.task import task_named
from cytoforge.training.collapse import outcome, remedy
from cytoforge.training.run import train

LABELS = torch.tensor([[[0, 1], [1, 0]]], dtype=torch.uint8)  # (1, 2, 2)
IMAGE = torch.tensor([[[[0.0, 0.8], [1.0, 0.2]]]])  # (1, 1, 2, 2): dark where the label is 0


class Target:
    """A sampler as far as its target goes."""

    def __init__(self, wanted: torch.Tensor) -> None:
        self.wanted = wanted

    def target(self, planes) -> torch.Tensor:
        return self.wanted * 2 - 1

    def compared(self, made: torch.Tensor, planes) -> tuple[torch.Tensor, torch.Tensor]:
        return made, self.wanted


def of_image(made: torch.Tensor):
    planes = {"labels": LABELS, "images": IMAGE * 2 - 1}
    return outcome(task_named("labels_to_image"), Target(IMAGE), planes, made)


def of_labels(made: torch.Tensor):
    """Made are scores (1, 2, 2, 2), of the classes 0 and 1."""
    wanted = torch.stack([1.0 - LABELS, LABELS.float()], 1)
    planes = {"labels": LABELS, "images": IMAGE * 2 - 1}
    return outcome(task_named("image_to_labels"), Target(wanted), planes, made)


def test_the_image_itself_is_full_marks():
    found = of_image(IMAGE)
    assert (found.spread, found.agreement, found.score) == pytest.approx((1, 1, 0), abs=1e-6)
    assert found.trivial == pytest.approx(0.1)  # class means are 0.1 and 0.9
    assert found.collapsed == ""


def test_one_flat_grey_is_a_collapse():
    found = of_image(torch.full_like(IMAGE, 0.5))
    assert (found.spread, found.agreement) == (0, 0)
    assert "collapsed: outputs vary 0.00 times" in found.collapsed


def test_what_ignores_its_input_is_a_collapse():
    found = of_image(IMAGE.flip(-1))  # bright where it should be dark
    assert found.spread == pytest.approx(1)
    assert found.agreement < 0
    assert "score no better (0.8) than 0.1" in found.collapsed


def test_class_means_are_no_collapse():
    assert of_image(torch.tensor([[[[0.1, 0.9], [0.9, 0.1]]]])).collapsed == ""


def test_a_label_map_of_one_class_is_a_collapse():
    one = torch.tensor([0.9, 0.6])[None, :, None, None].expand(1, 2, 2, 2) - IMAGE * 0.1
    found = of_labels(one)  # scores differ, the largest is always the first
    assert found.spread == 0
    assert "collapsed" in found.collapsed


def test_weak_scores_of_the_right_classes_are_none():
    right = torch.stack([0.52 - 0.04 * LABELS, 0.48 + 0.04 * LABELS], 1)
    found = of_labels(right)
    assert (found.spread, found.agreement) == pytest.approx((1, 1))
    assert found.collapsed == ""


def test_targets_that_do_not_vary_are_not_judged_by_their_spread():
    planes = {"labels": LABELS, "images": torch.zeros_like(IMAGE)}
    made = torch.full_like(IMAGE, 0.5)
    found = outcome(
        task_named("labels_to_image"), Target(torch.full_like(IMAGE, 0.5)), planes, made
    )
    assert math.isfinite(found.spread)
    assert found.collapsed == ""


def test_classes_that_say_little_of_the_image_are_no_measure():
    random = torch.Generator().manual_seed(0)
    wanted, made = torch.rand(2, 1, 1, 64, 64, generator=random)
    labels = torch.zeros(1, 64, 64, dtype=torch.uint8)
    labels[:, :32] = 1
    planes = {"labels": labels, "images": wanted * 2 - 1}
    found = outcome(task_named("labels_to_image"), Target(wanted), planes, made)
    assert abs(found.agreement) < 0.1 and found.attainable < 0.1
    assert found.collapsed == ""


@pytest.mark.parametrize(
    ("rate", "steps", "helps"),
    [(1.0, 4, "learning_rate` (now 1)"), (2e-4, 4, "steps` (now 4)"), (2e-4, 999, "learning_rate")],
)
def test_the_setting_that_helps(tiny_config, rate, steps, helps):
    assert helps in remedy(tiny_config(learning_rate=rate, batch_size=2), steps)


@pytest.mark.parametrize("task", ["labels_to_image", "image_to_labels"])
def test_a_collapse_is_said_in_the_log_and_on_the_card(
    tiny_config, tiny_data, tmp_path, capsys, task
):
    folders = tmp_path / "model", tmp_path / "state"
    config = tiny_config(
        generator="unet_64", task=task, norm="none", learning_rate=1.0, steps=20, select_by="last"
    )
    train(tiny_data(side=64), config, "pix2pix", *folders, seed=1, threads=1, device="cpu")
    assert "warning: collapsed: outputs" in capsys.readouterr().err
    model = json.loads((tmp_path / "model" / "model.json").read_text())
    assert model["outcome"]["collapsed"].endswith("Lower `training.learning_rate` (now 1)")
    assert "Not to be used: collapsed" in (tmp_path / "model" / "model_card.md").read_text()
