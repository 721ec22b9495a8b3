"""Several processes end as process 0 does, whatever becomes of the others."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from cytoforge.training import processes
from cytoforge.training.interrupt import INTERRUPTED, TrainingInterrupted
from cytoforge.training.launch import launch
from cytoforge.training.processes import run_together
from tests.training.jobs import job_on_cpu, write_tiny_tiles


def together(text: str) -> int:
    """Run a program in two processes, which know their number as `rank`."""
    head = "import os, signal, sys, time; rank = int(os.environ['RANK'])\n"
    command = [sys.executable, "-S", "-c", head + textwrap.dedent(text)]
    return run_together(command, 2, os.environ)


def test_all_end_well():
    assert together("assert os.environ['WORLD_SIZE'] == '2'; assert rank in (0, 1)") == 0


def test_an_abort_after_everything_is_written_changes_nothing():
    assert together("if rank == 1: os.abort()") == 0


def test_one_that_hangs_after_everything_is_written_is_ended(monkeypatch):
    monkeypatch.setattr(processes, "LEAVE_S", 0.2)
    assert together("if rank == 1: time.sleep(60)") == 0


def test_the_failure_of_one_ends_all(monkeypatch):
    monkeypatch.setattr(processes, "LEAVE_S", 0.2)
    assert together("sys.exit(3) if rank == 1 else time.sleep(60)") == -signal.SIGKILL
    assert together("sys.exit(3) if rank == 0 else time.sleep(60)") == 3


def ask_when_there(path: Path, number: signal.Signals) -> None:
    """Send a signal to this process once a file exists."""

    def ask() -> None:
        while not path.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=ask).start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_all_are_asked_to_save_and_leave(tmp_path, number):
    ask_when_there(tmp_path / "1", number)
    text = f"""
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    open(f"{tmp_path}/{{rank}}", "w")
    while not asked:
        time.sleep(0.01)
    sys.exit({INTERRUPTED})
    """
    with pytest.raises(TrainingInterrupted):
        together(text)


def test_one_that_does_not_leave_when_asked_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE_S", 0.3)
    ask_when_there(tmp_path / "1", signal.SIGTERM)
    text = f"""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(f"{tmp_path}/{{rank}}", "w")
    time.sleep(60)
    """
    with pytest.raises(TrainingInterrupted):
        together(text)


@pytest.mark.soak
def test_a_hundred_trainings_in_two_processes_end_well(tiny_config, tiny_data, tmp_path):
    # Beside other work, where one run in 22 was aborted while it left.
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data(side=64))
    config = tiny_config(
        generator="unet_64", batch_size=4, steps=3, processes=2, cpu_threads=1, validate_every=3
    )
    other_work = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        for number in range(int(os.environ.get("SOAK_TRAININGS", "100"))):
            folder = tmp_path / str(number)
            launch(job_on_cpu(tiles, folder, config))
            assert (folder / "model" / "model.json").exists()
    finally:
        for process in other_work:
            process.kill()
            process.wait()
