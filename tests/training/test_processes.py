"""Several processes are one training: the same batch, divided."""

import csv
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cytoforge.training import data as data_module
from cytoforge.training import launch as launch_module
from cytoforge.training.data import Batches
from cytoforge.training.interrupt import INTERRUPTED
from cytoforge.training.launch import TrainJob, launch
from cytoforge.training.state import CHOICES_FILE, STATE_FILE
from tests.once import build_once
from tests.training.jobs import job_on_cpu, write_tiny_tiles

CPU = torch.device("cpu")


def test_processes_divide_a_batch_without_duplicates(tiny_config, tiny_data, monkeypatch):
    data, config = tiny_data(train=7), tiny_config(batch_size=6)
    whole = Batches(data, config, 1, CPU)(3)
    monkeypatch.setattr(data_module, "world_size", lambda: 3)
    own = []
    for number in range(3):
        monkeypatch.setattr(data_module, "rank", lambda number=number: number)
        own.append(Batches(data, config, 1, CPU)(3))
    assert [len(batch) for batch in own] == [2, 2, 2]
    for plane in ("labels", "images"):
        assert torch.equal(torch.cat([batch[plane] for batch in own]), whole[plane])


@pytest.mark.slow
def test_a_training_in_two_processes_is_written_once(tiny_config, tiny_data, tmp_path):
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    histories = []
    for processes in (1, 2):
        config = tiny_config(
            dropout=False, batch_size=4, steps=3, processes=processes, cpu_threads=1,
            validation_scores=("psnr", "rmse", "ssim"),
        )  # fmt: skip
        folder = tmp_path / str(processes)
        launch(job_on_cpu(tiles, folder, config))
        with (folder / "model" / "history.csv").open() as file:
            histories.append(list(csv.DictReader(file)))
    for one, two in zip(*histories, strict=True):
        for name in ("g_gan", "g_l1", "d_real", "d_fake"):
            assert float(two[name]) == pytest.approx(float(one[name]), rel=1e-3)
    for name in ("val_psnr", "val_rmse", "val_ssim"):
        one, two = (float(history[-1][name]) for history in histories)
        assert two == pytest.approx(one, rel=1e-2)
    # Process 0 alone wrote: one event file, and one state that is gone.
    assert len(list((tmp_path / "2" / "state" / "tensorboard").iterdir())) == 1
    totals = json.loads((tmp_path / "2" / "model" / "training.json").read_text())
    assert totals["processes"] == 2


@pytest.fixture
def divided(tiny_config, tiny_data, tmp_path_factory) -> tuple[TrainJob, Path]:
    """A training in two processes and micro-batches, and the folder in which it was done."""

    def run(folder: Path) -> None:
        write_tiny_tiles(folder / "tiles", tiny_data())
        launch(job(folder))

    def job(folder: Path) -> TrainJob:
        config = tiny_config(batch_size=4, steps=16, validate_every=4, processes=2, cpu_threads=1)
        return replace(job_on_cpu(folder / "tiles", folder, config), micro_batches=2)

    folder = build_once(tmp_path_factory, "divided", run)
    return job(folder), folder


def elsewhere(job: TrainJob, folder: Path) -> TrainJob:
    """The same training in another folder."""
    return replace(job, output=str(folder / "model"), state=str(folder / "state"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "model").iterdir()}


SHORT_OF_MEMORY = """
import sys
import torch
from cytoforge.compute.ranks import rank
from cytoforge.training.launch import _worker
from cytoforge.models.pix2pix.model import Pix2Pix

forward, calls = Pix2Pix.forward, []

def scarce(self, micro):
    calls.append(len(micro.condition))
    if rank() == 1 and calls[2:] and calls[-1] > 1:
        raise torch.OutOfMemoryError("CUDA out of memory")
    return forward(self, micro)

Pix2Pix.forward = scarce
_worker(sys.argv[1])
"""


@pytest.mark.slow
def test_out_of_memory_in_one_process_makes_all_begin_again_with_micro_batches(
    divided, tmp_path, monkeypatch, capfd
):
    # Dividing the batch by itself, it would add its sums to those of another step of the others.
    (tmp_path / "short_of_memory.py").write_text(SHORT_OF_MEMORY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(launch_module, "WORKER", "short_of_memory")
    job, folder = divided
    launch(replace(elsewhere(job, tmp_path), micro_batches=1))
    found, expected = files(tmp_path), files(folder)
    for trained in (found, expected):
        assert json.loads(trained.pop("training.json"))["micro_batches"] == 2
    assert found == expected
    said = capfd.readouterr().err
    assert "out of memory: trying 1 tiles at a time, 2 micro-batches per step" in said
    assert "`batch_size: 2` would fit" in said


@pytest.mark.slow
def test_an_error_in_one_process_ends_all_and_is_shown(
    tiny_config, tiny_data, tmp_path, monkeypatch, capfd
):
    broken = SHORT_OF_MEMORY.replace('torch.OutOfMemoryError("CUDA out of memory")', "KeyError(7)")
    (tmp_path / "broken.py").write_text(broken)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(launch_module, "WORKER", "broken")
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    config = tiny_config(batch_size=4, steps=4, validate_every=4, processes=2, cpu_threads=1)
    with pytest.raises(SystemExit) as left:
        launch(job_on_cpu(tiles, tmp_path, config))
    assert left.value.code == 1
    assert "KeyError: 7" in capfd.readouterr().err


def forked(job: TrainJob) -> int:
    """Start a training in a process of its own, which has imported all it needs; return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        launch(job)
        code = 0
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    finally:
        os._exit(code)


def exit_code(child: int, seconds: float = 30) -> int:
    """Wait for a process that was asked to leave; AssertionError where it stays."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGTERM)
    raise AssertionError("it did not leave")


@pytest.mark.slow
def test_processes_asked_to_leave_save_and_continue_to_the_same_bytes(divided, tmp_path):
    job, folder = divided
    parts = elsewhere(job, tmp_path)
    asked = forked(parts)
    while not (tmp_path / "state" / "progress.json").exists():
        time.sleep(0.05)
    os.kill(asked, signal.SIGUSR1)  # a cluster's warning
    assert exit_code(asked, seconds=300) == INTERRUPTED
    assert (tmp_path / "state" / STATE_FILE).exists()
    launch(parts)
    found, expected = files(tmp_path), files(folder)
    for name in ("model.safetensors", "model.json", "history.csv", "samples.png"):
        assert found[name] == expected[name], name


@pytest.mark.slow
def test_processes_asked_to_leave_long_before_the_next_report_save_in_time(
    tiny_config, tiny_data, tmp_path
):
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    never = 10**6
    config = tiny_config(steps=never, validate_every=never, processes=2, cpu_threads=1)
    started = forked(job_on_cpu(tiles, tmp_path, config))
    while not (tmp_path / "state" / CHOICES_FILE).exists():
        time.sleep(0.05)
    time.sleep(2)
    os.kill(started, signal.SIGTERM)
    assert exit_code(started) == INTERRUPTED
    state = torch.load(tmp_path / "state" / STATE_FILE, weights_only=True)
    assert 1 <= state["step"] < never  # however slow the machine
