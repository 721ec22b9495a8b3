"""The same command continues, to the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

from cytoforge.compute import precision
from cytoforge.training import run
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import ASKING, INTERRUPTED, TrainingInterrupted
from cytoforge.training.state import BEFORE_FILE, CHOICES_FILE, STATE_FILE
from tests.training.stopping import squared, stopping_at

FILES = [
    "model.safetensors",
    "model.json",
    "model_card.json",
    "model_card.md",
    "history.csv",
    "samples.png",
]


def by(distance) -> Pretrained:
    """Let a distance stand in for LPIPS."""
    return Pretrained({"lpips": distance})


def train(
    data, config, folder: Path, name: str = "pix2pix", seed: int = 1, **keywords
) -> dict[str, bytes]:
    model, state = folder / "model", folder / "state"
    run.train(data, config, name, model, state, seed=seed, threads=1, device="cpu", **keywords)
    return {name: (model / name).read_bytes() for name in FILES}


def test_equal_runs_give_equal_bytes(tiny_config, tiny_data, tmp_path):
    first = train(tiny_data(), tiny_config(), tmp_path / "a")
    assert train(tiny_data(), tiny_config(), tmp_path / "b") == first
    assert train(tiny_data(), tiny_config(), tmp_path / "c", seed=2) != first


@pytest.mark.parametrize("asking", ASKING)
def test_a_warned_training_saves_leaves_and_continues_to_the_same_bytes(
    tiny_config, tiny_data, tmp_path, capsys, asking
):
    data, config = tiny_data(side=64), tiny_config(generator="unet_64", steps=4)
    whole = train(data, config, tmp_path / "whole", pretrained=by(squared))
    with pytest.raises(TrainingInterrupted) as leaving:
        train(data, config, tmp_path / "parts", pretrained=by(stopping_at(1, squared, asking)))
    assert f"{asking.name}: state saved after step 2, leaving" in capsys.readouterr().err
    assert leaving.value.code == INTERRUPTED == 75
    assert leaving.value.step == 2
    assert not (tmp_path / "parts" / "model").exists()
    parts = train(data, config, tmp_path / "parts", pretrained=by(squared))
    assert "continuing after step 2" in capsys.readouterr().err
    assert parts == whole


def test_a_signal_between_validations_loses_nothing(tiny_config, tiny_data, tmp_path):
    # Reports come every step here and a validation only at the end: the sums of a row under way
    # and the step itself must survive.
    data, config = tiny_data(), tiny_config(validate_every=40, steps=7)
    whole = train(data, config, tmp_path / "whole")

    def terminate(*_: object) -> None:
        # Only while training listens: otherwise the signal would end the tests.
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            os.kill(os.getpid(), signal.SIGTERM)

    alarm = signal.signal(signal.SIGALRM, terminate)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    times_left = 0
    try:
        while True:
            try:
                parts = train(data, config, tmp_path / "parts")
                break
            except TrainingInterrupted:
                times_left += 1
                if times_left == 3:
                    signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
    assert times_left > 0
    assert parts == whole


CHILD = """
import json
import sys
from pathlib import Path
import numpy as np
from cytoforge.config.training import config_class
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train

arrays = np.load(sys.argv[1])
train_planes, val_planes = (
    {name.removeprefix(split): arrays[name] for name in arrays if name.startswith(split)}
    for split in ("train_", "val_")
)
data = TrainingData(train_planes, val_planes, n_codes=3,
                    colours=((0, 0, 0), (9, 9, 9), (0, 0, 255)), info=json.loads(sys.argv[5]))
model = sys.argv[4]
config = config_class(model).model_validate_json(sys.argv[2])
folder = Path(sys.argv[3])
train(data, config, model, folder / "model", folder / "state", seed=1, threads=1,
         device="cpu")
"""


# In processes that share nothing; forked ones are killed in test_killed.py, and one of a whole
# workflow in tests/workflow/test_killed_run.py.
@pytest.mark.soak
def test_a_killed_training_ends_with_the_same_bytes(tiny_config, tiny_data, tmp_path, root):
    data, config = tiny_data(), tiny_config(steps=60, validate_every=10)
    splits = {"train": data.train, "val": data.val}
    arrays = {f"{s}_{n}": plane for s, planes in splits.items() for n, plane in planes.items()}
    np.savez(tmp_path / "data.npz", **arrays)
    child = [sys.executable, "-c", CHILD, tmp_path / "data.npz", config.model_dump_json()]
    whole, parts, info = tmp_path / "whole", tmp_path / "parts", json.dumps(data.info)
    quiet = {"cwd": root, "stderr": subprocess.DEVNULL}
    subprocess.run([*child, whole, "pix2pix", info], check=True, **quiet)
    random = np.random.default_rng()  # truly at random: any moment must do
    for _ in range(2):
        killed = subprocess.Popen([*child, parts, "pix2pix", info], **quiet)
        wait_for(parts / "state" / STATE_FILE, killed)
        time.sleep(random.uniform(0, 1.0))
        killed.kill()
        killed.wait()
    subprocess.run([*child, parts, "pix2pix", info], check=True, **quiet)
    for name in FILES:
        assert (parts / "model" / name).read_bytes() == (whole / "model" / name).read_bytes()


def wait_for(path: Path, child: subprocess.Popen) -> None:
    while not path.exists() and child.poll() is None:
        time.sleep(0.02)


def test_another_config_starts_anew_and_says_so(tiny_config, tiny_data, tmp_path, capsys):
    data = tiny_data()
    with pytest.raises(TrainingInterrupted):
        train(data, tiny_config(), tmp_path / "a", pretrained=by(stopping_at(1, squared)))
    other = tiny_config(lambda_l1=50)
    continued = train(data, other, tmp_path / "a")
    assert "starting from step 0: config, tiles, seed or code changed" in capsys.readouterr().err
    assert continued == train(data, other, tmp_path / "fresh")


def test_a_finished_training_leaves_no_state(tiny_config, tiny_data, tmp_path):
    train(tiny_data(), tiny_config(steps=2), tmp_path)
    assert not (tmp_path / "state" / STATE_FILE).exists()
    assert not (tmp_path / "state" / BEFORE_FILE).exists()
    assert not (tmp_path / "state" / CHOICES_FILE).exists()


def test_a_choice_outlives_a_run_that_was_killed_before_it_saved(
    tiny_config, tiny_data, tmp_path, monkeypatch
):
    data, config = tiny_data(), tiny_config(precision="auto", steps=2)
    answers = iter([{"fp32": 2.0, "bf16": 1.0}, {"fp32": 1.0, "bf16": 2.0}])
    monkeypatch.setattr(precision, "has_bf16", lambda device: True)
    monkeypatch.setattr(precision, "_seconds_per_step", lambda *_: next(answers))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "run_steps", killed)
        with pytest.raises(KeyboardInterrupt):
            train(data, config, tmp_path)
    assert not (tmp_path / "state" / STATE_FILE).exists()
    train(data, config, tmp_path)
    totals = json.loads((tmp_path / "model" / "training.json").read_text())
    assert totals["precision"] == "bf16"


def test_a_state_is_read_once_and_not_held(tiny_config, tiny_data, tmp_path, monkeypatch):
    data, config = tiny_data(), tiny_config()
    with pytest.raises(TrainingInterrupted):
        train(data, config, tmp_path, pretrained=by(stopping_at(1, squared)))
    read, loaded = [], run.load_state

    def watched(*arguments):
        state, line = loaded(*arguments)
        read.append(weakref.ref(state["networks"]["generator"]["output.1.bias"]))
        return state, line

    def steps(*arguments):
        assert [tensor() for tensor in read] == [None]  # 3.7 GB of pix2pixHD's

    monkeypatch.setattr(run, "load_state", watched)
    monkeypatch.setattr(run, "run_steps", steps)
    train(data, config, tmp_path, pretrained=by(squared))


def test_a_training_that_could_not_be_written_is_written_by_the_next_run(
    tiny_config, tiny_data, tmp_path, monkeypatch
):
    # Stopped early, then the disk was full: the next run must neither train on nor start again.
    data, config = tiny_data(), tiny_config(patience=1, steps=20)

    def worse_and_worse():
        scores = iter([0.1, 0.2, 0.3])
        return lambda fake, real: next(scores)

    whole = train(data, config, tmp_path / "whole", pretrained=by(worse_and_worse()))

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("cytoforge.training.run.write_model_folder", disk_full)
        with pytest.raises(OSError, match="No space left"):
            train(data, config, tmp_path / "parts", pretrained=by(worse_and_worse()))

    def never(fake, real):
        raise AssertionError("trained on")

    assert train(data, config, tmp_path / "parts", pretrained=by(never)) == whole


@pytest.mark.parametrize("model", ["pix2pix", "oasis"])
def test_random_states_make_no_difference(tiny_settings, tiny_data, tmp_path, model):
    # Dropout, noise and LabelMix draw in every step, whose generators are seeded again.
    data, config = tiny_data(), tiny_settings(model)
    torch.manual_seed(4)
    whole = train(data, config, tmp_path / "whole", model, pretrained=by(squared))
    with pytest.raises(TrainingInterrupted):
        train(data, config, tmp_path / "parts", model, pretrained=by(stopping_at(1, squared)))
    torch.manual_seed(5)
    parts = train(data, config, tmp_path / "parts", model, pretrained=by(squared))
    assert parts == whole
