"""SIGKILL at any moment, any number of times: the same bytes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def fight(tiny_settings, tiny_data, tmp_path, root) -> Callable[..., dict[str, Any]]:
    """Kill trainings of a model, and return what tests/training/kill_campaign.py found."""

    def run(model: str, kills: int, **overrules: object) -> dict[str, Any]:
        data = tiny_data()
        splits = {"train": data.train, "val": data.val}
        arrays = {f"{s}_{n}": plane for s, planes in splits.items() for n, plane in planes.items()}
        np.savez(tmp_path / "data.npz", **arrays)
        config = tiny_settings(model, **overrules)
        command = [sys.executable, "-m", "tests.training.kill_campaign"]
        command += [str(tmp_path / "data.npz"), json.dumps(data.info), model]
        command += [config.model_dump_json(), str(tmp_path), str(kills)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


def same_at_every_finish(found: dict[str, Any], kills: int) -> None:
    """Every finished training has the undisturbed one's bytes, and most were continued ones."""
    runs = found["runs"]
    assert found["differing"] == [[]] * sum(run["finished"] for run in runs), runs
    killed = sum(run["killed"] for run in runs)
    assert killed >= kills
    # A run killed before it spoke says nothing; every other continues where there is a state.
    spoke = [run for run in runs if run["said"] is not None]
    continued = [run for run in spoke if run["continued_after"] > 0]
    assert continued == [run for run in spoke if run["held"]], runs
    assert len(continued) >= killed / 2, runs
    assert runs[-1] in continued and not runs[-1]["killed"]
    never_back(spoke)


def never_back(runs: list[dict[str, Any]]) -> None:
    """Within one training each run begins at or after the step where the one before began."""
    reached = 0
    for run in runs:
        assert run["continued_after"] >= reached, runs
        reached = 0 if run["finished"] else run["continued_after"]


@pytest.mark.parametrize("model", ["pix2pix", "pix2pixhd", "oasis"])
def test_killed_twenty_times_a_training_ends_with_the_same_bytes(fight, model):
    same_at_every_finish(fight(model, 20, steps=24, validate_every=2, ema_decay=0.9), 20)


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
    "pool": ("pix2pix", {"pool_size": 3}),
    "wgan_gp": ("pix2pix", {"gan_mode": "wgan_gp"}),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_killed_variants_end_with_the_same_bytes(fight, variant):
    model, overrules = VARIANTS[variant]
    same_at_every_finish(fight(model, 4, steps=12, validate_every=2, **overrules), 4)


def test_killed_with_precision_auto_a_training_keeps_its_first_choice(fight, tmp_path: Path):
    found = fight("pix2pix", 4, steps=12, validate_every=2, precision="auto")
    same_at_every_finish(found, 4)
    totals = json.loads((tmp_path / "parts" / "model" / "training.json").read_text())
    assert totals["precision"] == "bf16"
