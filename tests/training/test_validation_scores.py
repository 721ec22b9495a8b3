"""The scores that a training asks for: of all val tiles, whatever batches they come in."""

import csv
import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import nn

from cytoforge.errors import UserError
from cytoforge.models.tasks.labels_to_image import psnr, rmse, ssim
from cytoforge.pretrained.set_frechet import FrechetToReal, frechet_distance
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.training.stopping import stopping_at

ASKED = ("vgg16_frechet", "lpips", "psnr", "rmse", "ssim")


class Features:
    """Means and spreads of channels, in the place of a network; counts the images it has seen."""

    def __init__(self) -> None:
        self.network, self.seen = nn.Identity(), 0

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        self.seen += len(images)
        return torch.cat([images.mean((2, 3)), images.std((2, 3))], 1)


def images(seed: int, count: int = 9) -> torch.Tensor:
    return torch.rand(count, 2, 24, 20, generator=torch.Generator().manual_seed(seed))


def test_scores_of_images_are_scikit_images_whatever_the_last_batch():
    made, real = images(1), images(2)
    made[-1] = real[-1] + 0.01  # of a batch of its own, which must not count eight times
    pairs = list(zip(made.numpy(), real.numpy(), strict=True))
    rms = [math.sqrt(float(((a - b).astype(np.float64) ** 2).mean())) for a, b in pairs]
    decibels = [peak_signal_noise_ratio(b, a, data_range=1) for a, b in pairs]
    alike = [structural_similarity(b, a, data_range=1, channel_axis=0) for a, b in pairs]
    assert rmse(made, real) == pytest.approx(np.mean(rms))
    assert psnr(made, real) == pytest.approx(np.mean(decibels))
    assert ssim(made, real) == pytest.approx(np.mean(alike), rel=1e-5)


def test_equal_images_have_finite_scores():
    real = images(1)
    assert (psnr(real, real), rmse(real, real)) == (100, 0)
    assert ssim(real, real) == pytest.approx(1)


def test_the_frechet_distance_is_of_the_whole_set_and_sees_the_real_one_once():
    features, made, real = Features(), images(1, 20), images(2, 17)
    distance = FrechetToReal(features)
    values = [distance(made, real) for _ in range(3)]
    assert features.seen == 3 * 20 + 17
    rows = [Features()(one).double().numpy() for one in (made, real)]
    assert values == [pytest.approx(frechet_distance(*rows))] * 3
    assert distance(made, made) == pytest.approx(0, abs=1e-6)  # another set is looked at again


def test_images_that_are_no_numbers_have_no_distance():
    assert math.isnan(FrechetToReal(Features())(images(1) * math.nan, images(2)))


def trained(data, config, folder, stops: int = 0) -> dict[str, bytes]:
    frechet = FrechetToReal(Features())
    distance = stopping_at(stops, frechet) if stops else frechet
    train(
        data, config, "pix2pix", folder / "model", folder / "state", seed=1, threads=1,
        device="cpu", pretrained=Pretrained({"vgg16_frechet": distance}),
    )  # fmt: skip
    files = ("model.safetensors", "model.json", "history.csv", "model_card.md")
    return {name: (folder / "model" / name).read_bytes() for name in files}


def test_a_stopped_training_continues_to_the_same_curves(tiny_config, tiny_data, tmp_path):
    config = tiny_config(validation_scores=ASKED, select_by="vgg16_frechet")
    whole = trained(tiny_data(val=3), config, tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        trained(tiny_data(val=3), config, tmp_path / "parts", stops=2)
    assert trained(tiny_data(val=3), config, tmp_path / "parts") == whole
    rows = list(csv.DictReader(whole["history.csv"].decode().splitlines()))
    last = {name: rows[-1][f"val_{name}"] for name in ("l1", *ASKED)}
    assert [name for name, value in last.items() if not value] == ["lpips"]  # it was not given
    assert b"chosen by vgg16_frechet" in whole["model_card.md"]


def test_asking_changes_no_weight(tiny_config, tiny_data, tmp_path):
    plain = trained(tiny_data(), tiny_config(select_by="l1"), tmp_path / "plain")
    asked = tiny_config(select_by="l1", validation_scores=ASKED)
    weights = trained(tiny_data(), asked, tmp_path / "asked")["model.safetensors"]
    assert weights == plain["model.safetensors"]


def test_a_distance_that_is_no_number_stops_the_training(tiny_config, tiny_data, tmp_path):
    config = tiny_config(validation_scores=("vgg16_frechet",), steps=2)
    with pytest.raises(UserError, match=r"val_vgg16_frechet = nan at step 2"):
        train(
            tiny_data(), config, "pix2pix", tmp_path / "model", tmp_path / "state", seed=1,
            threads=1, device="cpu",
            pretrained=Pretrained({"vgg16_frechet": lambda made, real: math.nan}),
        )  # fmt: skip
