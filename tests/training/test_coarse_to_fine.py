"""The local enhancer's schedule: who learns, at which size, and that it survives interruption."""

import copy
import os
import signal
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.textbook.pix2pix import copy_weights
from cytoforge.compute.steps import Batch
from cytoforge.models.pix2pixhd.coarse_to_fine import Phase, at_half_size, phase_at
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.training.small_pix2pixhd import (
    batch,
    condition,
    config,
    model,
    same_gradients,
    textbook,
)


def test_the_global_generator_learns_alone_at_half_size_as_the_textbooks_does():
    ours = model(config(generator="local"), total_steps=10)
    book = textbook(config(), "global", None)
    coarse = nn.Sequential(
        ours.networks["generator"].coarse, ours.networks["generator"].coarse_head
    )
    copy_weights(coarse, book.generator)
    copy_weights(ours.networks["discriminator"], book.discriminator)
    tiles = batch()
    small = Batch(
        {
            "labels": tiles["labels"][:, ::2, ::2],
            "instances": tiles["instances"][:, ::2, ::2],
            "images": F.interpolate(tiles["images"], scale_factor=0.5, mode="area"),
        }
    )
    ours.step(tiles, 0)
    book.step(condition(small), small["images"])
    same_gradients(coarse, book.generator)
    same_gradients(ours.networks["discriminator"], book.discriminator)


def test_then_the_enhancer_learns_around_it():
    settings = config(generator="local", enhancer_only_fraction=0.2)
    ours = model(settings, total_steps=10)
    generator = ours.networks["generator"]
    before = copy.deepcopy(generator.state_dict())
    ours.step(batch(), 5)
    changed = {
        name.split(".")[0]
        for name, weight in generator.state_dict().items()
        if not torch.equal(weight, before[name])
    }
    assert changed == {"full_size", "refine", "head"}
    before = copy.deepcopy(generator.state_dict())
    ours.step(batch(), 7)
    after = generator.state_dict()
    still = [name for name in after if torch.equal(after[name], before[name])]
    assert still == [name for name in after if name.startswith("coarse_head")]


@pytest.mark.parametrize(
    ("generator", "total", "expected"),
    [("local", 20, "C" * 10 + "E" * 2 + "A" * 8), ("local", 1, "A"), ("global", 3, "AAA")],
)
def test_phases_are_shares_of_the_steps(generator, total, expected):
    settings = config(generator=generator, coarse_fraction=0.5, enhancer_only_fraction=0.1)
    assert "".join(phase_at(settings, step, total).name[0] for step in range(total)) == expected


def test_phases_need_steps_and_leave_some():
    with pytest.raises(ValueError, match="nothing is left"):
        config(generator="local", coarse_fraction=0.9, enhancer_only_fraction=0.1)
    with pytest.raises(ValueError, match="counted in steps"):
        config(generator="local", minutes=1)
    config(generator="local", minutes=1, coarse_fraction=0, enhancer_only_fraction=0)


def test_the_enhancer_is_in_the_checkpoint_that_is_kept():
    with pytest.raises(ValueError, match="could be one in which the enhancer"):
        config(generator="local", select_by="lpips")
    config(generator="local", select_by="lpips", coarse_fraction=0)
    config(generator="global", select_by="lpips")


def test_a_stopped_training_goes_on_in_its_phase_to_the_same_bytes(tiny_data, tmp_path):
    settings = config(
        generator="local",
        feature_encoder=True,
        steps=8,
        coarse_fraction=0.5,
        enhancer_only_fraction=0.25,
        validate_every=2,
        ema_decay=0.5,
    )
    data = tiny_data(side=32)

    def run(folder: Path, stops_at: int | None = None) -> list[bytes]:
        def distance(fake: Tensor, real: Tensor) -> float:
            calls.append(1)
            if len(calls) == stops_at:
                os.kill(os.getpid(), signal.SIGUSR1)
            return float((fake - real).abs().mean())

        calls: list[int] = []
        train(
            data, settings, "pix2pixhd", folder, tmp_path / "state", seed=1, threads=1,
            pretrained=Pretrained({"lpips": distance}), device="cpu",
        )  # fmt: skip
        names = ("model.safetensors", "model.json", "history.csv", "samples.png")
        return [(folder / name).read_bytes() for name in names]

    whole = run(tmp_path / "whole")
    for stops_at in (1, 1, 1):  # after steps 2, 4 and 6: in every phase
        with pytest.raises(TrainingInterrupted):
            run(tmp_path / "parts", stops_at)
    assert run(tmp_path / "parts") == whole


def test_half_size_keeps_codes_and_averages_images():
    tiles = Batch(
        {
            "labels": torch.tensor([[[1, 2], [3, 4]]]).byte(),
            "instances": torch.tensor([[[7, 8], [9, 9]]]).int(),
            "images": torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]),
        }
    )
    half = at_half_size(tiles)
    assert {name: plane.item() for name, plane in half.planes.items()} == {
        "labels": 1,
        "instances": 7,
        "images": 0.5,
    }


def test_while_coarse_the_image_is_g1s_doubled():
    trained = model(config(generator="local"), total_steps=10)
    tiles = batch()
    trained.step(tiles, 0)
    generator = trained.networks["generator"].eval()
    with torch.no_grad():
        image = trained.sample(trained.sampler, tiles.planes, [0, 1])
        generator.coarse_only = True
        small = generator(condition(at_half_size(tiles)))
    assert trained.phase is Phase.COARSE
    torch.testing.assert_close(
        image, F.interpolate(small, scale_factor=2, mode="bilinear"), atol=1e-6, rtol=1e-5
    )
