"""SIGKILL at any moment, any number of times: the same bytes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.once import build_once

MODELS = ("pix2pix", "pix2pixhd", "oasis")
# Every file that a training leaves, and those that it continues from.
WRITTEN = {
    *("choices.json", "state.pt", "model.safetensors", "model.json", "training.json"),
    *("model_card.json", "model_card.md", "history.csv", "samples.png"),
}
SMALL: dict[str, dict[str, object]] = {"pix2pix": {"generator": "unet_64"}}
# What has a state of its own.
VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    # Half of 12 steps G1 alone, then 2 the enhancer alone: a state lies in each phase.
    "local": (
        "pix2pixhd",
        {
            "generator": "local",
            "coarse_fraction": 0.5,
            "enhancer_only_fraction": 0.15,
            "enhancer_blocks": 1,
            "select_by": "last",
        },
    ),
    "encoder": ("pix2pixhd", {"feature_encoder": True, "encoder_filters": 4}),
    "usis": (
        "oasis",
        {
            "supervision": "usis",
            "wavelet_discriminator_filters": 2,
            "wavelet_discriminator_stages": 3,
            "r1_every": 3,
        },
    ),
    "pool": ("pix2pix", {"pool_size": 3, "grain_channels": 2}),
    "wgan_gp": ("pix2pix", {"gan_mode": "wgan_gp"}),
    # How often real maps are augmented, mean style and mean path length; R1 and path in turns.
    "stylegan2": ("stylegan2", {"ada_kimg": 0.01, "ada_every": 2, "r1_every": 3, "path_every": 2}),
}
BRIEF: dict[str, object] = {"steps": 12, "validate_every": 4}
LONG: dict[str, object] = {"steps": 24, "validate_every": 2}
AVERAGED: dict[str, object] = {"validate_every": 2, "ema_decay": 0.9}
# Name → model, settings, kills: so many at random, or one in each write of the named files, of all
# where none is named.
Plan = dict[str, tuple[str, dict[str, object], int | list[str]]]
PLAN: Plan = {
    **{model: (model, BRIEF | AVERAGED, 4) for model in MODELS},
    **{name: (model, BRIEF | own, ["state.pt"]) for name, (model, own) in VARIANTS.items()},
    # Which files are written, and when, does not depend on the model.
    "every_write": ("pix2pix", {"steps": 4, **AVERAGED}, []),
    "auto": ("pix2pix", {"steps": 4, "precision": "auto"}, ["state.pt", "choices.json"]),
}
SOAK: Plan = {
    **{model: (model, LONG | AVERAGED, 20) for model in MODELS},
    **{name: (model, LONG | own, 20) for name, (model, own) in VARIANTS.items()},
}

pytestmark = pytest.mark.slow
Found = dict[str, Any]


@pytest.fixture
def fight(tiny_settings, tiny_data, tmp_path_factory, root) -> Callable[[str, Plan], Path]:
    """Return what makes, once, the folder of a plan with what kill_campaign.py found of it."""

    def killed(folder: Path, plan: Plan) -> None:
        data = tiny_data(side=64)
        splits = {"train": data.train, "val": data.val}
        arrays = {f"{s}_{n}": plane for s, planes in splits.items() for n, plane in planes.items()}
        np.savez(folder / "data.npz", **arrays)
        (folder / "info.json").write_text(json.dumps(data.info))
        trainings = {}
        for name, (model, settings, kills) in plan.items():
            config = tiny_settings(model, **SMALL.get(model, {}), **settings)
            trainings[name] = (model, config.model_dump_json(), kills)
        (folder / "plan.json").write_text(json.dumps(trainings))
        command = [sys.executable, "-m", "tests.training.kill_campaign", str(folder)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        (folder / "found.json").write_text(done.stdout.splitlines()[-1])

    return lambda name, plan: build_once(
        tmp_path_factory, name, lambda folder: killed(folder, plan)
    )


@pytest.fixture
def folder(fight) -> Path:
    """The folder of `PLAN`, with all that was left there."""
    return fight("killed", PLAN)


@pytest.fixture
def found(folder: Path) -> dict[str, Found]:
    return json.loads((folder / "found.json").read_text())


def same_at_every_finish(found: Found, kills: int) -> None:
    """Every finished training has the undisturbed one's bytes, and most were continued ones."""
    runs = found["runs"]
    assert found["differing"] == [[]] * sum(run["finished"] for run in runs), runs
    killed = sum(run["killed"] for run in runs)
    assert killed >= kills
    # A run killed before it spoke says nothing; every other continues where there is a state.
    spoke = [run for run in runs if run["said"] is not None]
    continued = [run for run in spoke if run["continued_after"] > 0]
    assert continued == [run for run in spoke if run["held"]], runs
    assert len(continued) >= kills / 2, runs
    assert runs[-1] in continued and not runs[-1]["killed"]
    never_back(spoke)


def never_back(runs: list[Found]) -> None:
    """Within one training each run begins at or after the step where the one before began."""
    reached = 0
    for run in runs:
        assert run["continued_after"] >= reached, runs
        reached = 0 if run["finished"] else run["continued_after"]


@pytest.mark.parametrize("model", MODELS)
def test_killed_at_random_a_training_ends_with_the_same_bytes(found, model):
    same_at_every_finish(found[model], 4)


def test_killed_in_each_write_a_training_ends_with_the_same_bytes(found):
    killed = found["every_write"]
    assert killed["differing"] == [[]], killed
    assert {write.split()[0] for write in killed["killed_in"]} >= WRITTEN
    for write, after in zip(killed["killed_in"], killed["runs"][1:], strict=True):
        assert after["continued_after"] == int(write.split()[-1]), killed


@pytest.mark.parametrize("variant", VARIANTS)
def test_killed_in_each_save_a_variant_ends_with_the_same_bytes(found, variant):
    assert found[variant]["differing"] == [[]], found[variant]
    assert [run["continued_after"] for run in found[variant]["runs"]] == [0, 0, 4, 8]


def test_killed_with_precision_auto_a_training_keeps_its_first_choice(found, folder):
    assert found["auto"]["differing"] == [[]], found["auto"]
    totals = json.loads((folder / "auto/parts/model/training.json").read_text())
    assert totals["precision"] == "bf16"


@pytest.mark.soak
@pytest.mark.parametrize("name", SOAK)
def test_killed_twenty_times_a_training_ends_with_the_same_bytes(fight, name):
    folder = fight(f"soak_{name}", {name: SOAK[name]})
    same_at_every_finish(json.loads((folder / "found.json").read_text())[name], 20)
