"""A program that kills a training again and again: `python -m tests.training.kill_campaign`.

It forks a training, kills it and forks again: starting Python and torch for each would take most of
a minute. No tensor is computed before the forks. What it found it prints as one line of JSON.

Kills are random in time, or come in the middle of writing a file: when its temporary file is whole
and not renamed yet.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import torch._dynamo
import torch.utils.tensorboard

from cytoforge.compute import precision
from cytoforge.compute.devices import make_deterministic
from cytoforge.config.training import config_class
from cytoforge.jobs import atomic
from cytoforge.training import loop
from cytoforge.training.data import TrainingData
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.run import train
from cytoforge.training.state import CHOICES_FILE, STATE_FILE

# Imported here, once for all forks: _dynamo comes with the first optimiser, and was two thirds of a
# training.
assert torch.utils.tensorboard.SummaryWriter and torch._dynamo
TIMES = "training.json"  # the one file that equal runs need not share
CONTINUING = "continuing after step "
SAID = (CONTINUING, "starting from step 0")


class Campaign:
    """Trainings of one model on one data set, whole in one folder and in parts in another."""

    def __init__(self, data: TrainingData, model: str, settings: str, folder: Path) -> None:
        self.data, self.model, self.folder = data, model, folder
        self.config = config_class(model).model_validate_json(settings)
        self.log, self.writes = folder / "log", folder / "writes"
        self.writes.touch()
        self.state = folder / "parts" / "state" / STATE_FILE
        # Imports half of torch and reads our code: two seconds that no fork need spend again.
        make_deterministic()
        training_fingerprint({"model": model, "training": {"task": "labels_to_image"}}, data)

    def run(
        self,
        name: str,
        kill_after: float | None = None,
        kill_in: tuple[str, ...] | None = None,
    ) -> dict[str, Any]:
        """Train to the end or until killed; return how it began and how it ended."""
        held = self.state.exists()
        child = os.fork()
        if child == 0:
            self._train_and_leave(name, kill_in)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)  # a child that has ended waits as a zombie
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        log = self.log.read_text() if self.log.exists() else ""
        assert code in (0, -signal.SIGKILL), log
        self.log.unlink(missing_ok=True)
        said = next((line for line in log.splitlines() if line.startswith(SAID)), None)
        # A training killed on its last lines, its state already removed, is a finished one.
        finished = code == 0 or (self.model_file(name).exists() and not self.state.exists())
        facts = {"held": held, "said": said, "continued_after": continued_after(said)}
        return facts | {"killed": code != 0, "finished": finished}

    def model_file(self, name: str) -> Path:
        """Return the file that a training writes last."""
        return self.folder / name / "model" / "model.json"

    def _train_and_leave(self, name: str, kill_in: tuple[str, ...] | None) -> None:
        # Only a crash of ours ends with 1: all else would look like success.
        try:
            os.dup2(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
            model, state = (self.folder / name / part for part in ("model", "state"))
            answer_the_probe((state / CHOICES_FILE).exists())
            if kill_in is not None:
                die_in_next_write(kill_in, self.state, self.writes)
            loop.SAVING_FRACTION = 1.0  # at every validation: 24 steps take a second
            train(self.data, self.config, self.model, model, state, seed=1, threads=1, device="cpu")
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def differing(self) -> list[str]:
        """Return the files of the finished training that are not the undisturbed one's."""
        whole, parts = (self.folder / name / "model" for name in ("whole", "parts"))
        names = {path.name for folder in (whole, parts) for path in folder.iterdir()} - {TIMES}
        return sorted(name for name in names if content(whole / name) != content(parts / name))

    def kill_in_each_write(self, *names: str) -> dict[str, Any]:
        """Kill in the first write of one of these files, of any file where none is named; continue,
        kill in the first write that comes after, and so on to the end."""
        assert self.run("whole")["finished"]
        runs: list[dict[str, Any]] = []
        while not runs or runs[-1]["killed"]:
            runs.append(self.run("parts", kill_in=names))
        killed_in = self.writes.read_text().splitlines()
        return {"runs": runs, "differing": [self.differing()], "killed_in": killed_in}

    def fight(self, kills: int) -> dict[str, Any]:
        """Kill `kills` times and more, until half as many have continued; then let the last one
        finish from a state."""
        began = time.monotonic()
        assert self.run("whole")["finished"]
        whole = time.monotonic() - began
        runs: list[dict[str, Any]] = []
        differing: list[list[str]] = []  # at each finish
        while not (enough(runs, kills) and self.state.exists()):
            assert len(runs) < 10 * kills, runs
            runs.append(self.run("parts", random.uniform(0.1, 0.9) * whole))
            if runs[-1]["finished"]:  # begin again
                differing.append(self.differing())
                shutil.rmtree(self.folder / "parts")
        runs.append(self.run("parts"))
        differing.append(self.differing())
        return {"runs": runs, "differing": differing}


def enough(runs: list[dict[str, Any]], kills: int) -> bool:
    """Return whether there were so many kills, and half as many continued runs.

    Half of `kills` and not of all that there were: beside other work many come before the first
    state is saved.
    """
    killed = sum(run["killed"] for run in runs)
    continued = sum(run["continued_after"] > 0 for run in runs)
    return killed >= kills and continued >= kills / 2


def continued_after(said: str | None) -> int:
    """Return the step of the state that a log says it continues, 0 where it says no such thing."""
    return int(said.removeprefix(CONTINUING)) if said and said.startswith(CONTINUING) else 0


def content(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none."""
    return path.read_bytes() if path.exists() else None


def die_in_next_write(names: tuple[str, ...], state: Path, notes: Path) -> None:
    """Let this process kill itself in the first write of one of these files, or of any, that no
    process before has died in: `notes` holds those."""
    flush, since_save = atomic._flush_to_disk, list[str]()
    after = torch.load(state, weights_only=True)["step"] if state.exists() else 0

    def flush_and_die(temporary: Path) -> None:
        nonlocal after
        flush(temporary)
        name = temporary.name.removeprefix(".unfinished.")
        since_save.append(name)
        write = f"{name} {since_save.count(name)} after step {after}"
        if name in (names or (name,)) and write not in notes.read_text().splitlines():
            with notes.open("a") as file:
                print(write, file=file, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        if name == STATE_FILE:
            after = torch.load(temporary, weights_only=True)["step"]
            since_save.clear()

    atomic._flush_to_disk = flush_and_die


def answer_the_probe(chosen: bool) -> None:
    """Let `precision: auto` find bf16 faster at first, and fp32 where that was chosen already: were
    it asked again, a training would change its arithmetic half-way."""
    seconds = {"fp32": 1.0, "bf16": 2.0} if chosen else {"fp32": 2.0, "bf16": 1.0}
    precision.has_bf16 = lambda device: True
    assert precision._seconds_per_step  # a new name would leave the probe to chance
    precision._seconds_per_step = lambda *arguments: seconds


def main() -> None:
    """Kill every training of a plan, in one folder each; print what was found, by their names.

    A plan says of each its model, settings and kills: so many at random, or one in each write of
    the named files.
    """
    folder = Path(sys.argv[1])
    planes = dict(np.load(folder / "data.npz"))
    train, val = (
        {name: planes[f"{split}_{name}"] for name in ("images", "labels", "instances")}
        for split in ("train", "val")
    )
    data = TrainingData(
        train,
        val,
        n_codes=3,
        colours=((0, 0, 0), (9, 9, 9), (0, 0, 255)),
        info=json.loads((folder / "info.json").read_text()),
    )
    found = {}
    for name, (model, settings, kills) in json.loads((folder / "plan.json").read_text()).items():
        (folder / name).mkdir()
        campaign = Campaign(data, model, settings, folder / name)
        if isinstance(kills, int):
            found[name] = campaign.fight(kills)
        else:
            found[name] = campaign.kill_in_each_write(*kills)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
