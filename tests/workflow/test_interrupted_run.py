"""Ctrl-C and a closed terminal, which reach Snakemake and its jobs alike, cost no step of training
and leave nothing locked."""

import csv
import os
import pty
import select
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow
TARGET = "results/models/four/model.safetensors"
LOG, STATE = "results/logs/train/four.log", "results/state/four"


class Terminal:
    """A terminal in which the workflow runs; what is shown there is read and forgotten."""

    def __init__(self, project: Project) -> None:
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.chdir(project.folder)
            command = project.command(TARGET)
            os.execve(command[0], command, {**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.closing = False
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        # Never blocked in reading: a terminal is closed once nobody reads it.
        with suppress(OSError):
            while not self.closing:
                if select.select([self.master], [], [], 0.1)[0]:
                    os.read(self.master, 1 << 16)

    def close(self) -> None:
        self.closing = True
        self.reader.join()
        os.close(self.master)

    def wait(self) -> None:
        """Wait until Snakemake has ended."""
        os.waitpid(self.process, 0)


def steps_reported(project: Project) -> int:
    """Return the last step in the history of the training under way."""
    path = project.folder / STATE / "history.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    return int(rows[-1]["step"]) if rows else 0


def wait_for_step(project: Project, step: int, terminal: Terminal) -> None:
    while steps_reported(project) <= step:
        assert os.waitpid(terminal.process, os.WNOHANG) == (0, 0)
        time.sleep(0.05)


def saved_by(name: str, project: Project) -> int:
    """Return the step that a training asked to leave by a signal says it has saved."""
    lines = (project.folder / LOG).read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}: state saved after step ")]
    return int(line.removeprefix(f"{name}: state saved after step ").split(",")[0])


def test_no_step_is_lost_and_nothing_stays_locked(finished: Project, tmp_path: Path):
    project = Project(tmp_path / "project", finished.root)
    shutil.copytree(finished.folder, project.folder, symlinks=True)
    # With the model its state: the old history is not that of the training to come.
    shutil.rmtree(project.folder / "results/models/four")
    shutil.rmtree(project.folder / "results/state/four", ignore_errors=True)
    config = project.config()
    # Rows come often, and no validation would save a state.
    config["models"]["four"]["training"] |= {"steps": 10**6, "validate_every": 200}
    project.write_config(config)
    locks = project.folder / ".snakemake" / "locks"

    terminal = Terminal(project)
    wait_for_step(project, 0, terminal)
    os.write(terminal.master, b"\x03")  # Ctrl-C
    terminal.wait()
    terminal.close()
    first = saved_by("SIGINT", project)
    assert first > 0
    assert list(locks.glob("*")) == []

    terminal = Terminal(project)
    wait_for_step(project, first, terminal)
    terminal.close()
    terminal.wait()
    assert f"continuing after step {first}" in (project.folder / LOG).read_text()
    assert saved_by("SIGHUP", project) > first
    assert list(locks.glob("*")) == []
