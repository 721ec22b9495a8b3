"""Train one model on one data set: tiles in, a model folder out."""

import sys
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch

from cytoforge.compute.devices import pick_device
from cytoforge.compute.execution import Step, accelerate
from cytoforge.compute.memory import with_enough_memory
from cytoforge.compute.precision import settle_precision
from cytoforge.compute.ranks import rank, world_size
from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import FeatureLoss, Model, ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.interrupt import StopRequest, stop_on_signals
from cytoforge.training.logs import Reporter
from cytoforge.training.loop import Surroundings, make_sheet, run_steps
from cytoforge.training.model_folder import write_model_folder
from cytoforge.training.schedule import check_schedule, total_steps
from cytoforge.training.session import Session
from cytoforge.training.state import (
    load_choices,
    load_state,
    remove_state,
    save_choices,
    save_state,
)
from cytoforge.training.tile_size import check_tile_size
from cytoforge.training.validation import Perceptual


@dataclass(frozen=True)
class Judges:
    """Networks with weights from elsewhere, where there are any."""

    perceptual: Perceptual | None = None
    """Mean perceptual distance of two batches of images in [0, 1], for validation."""
    feature_loss: FeatureLoss | None = None
    """VGG features compared, for models whose loss has it."""


@dataclass(frozen=True)
class Assignment:
    """What is trained, and where it goes."""

    data: TrainingData
    config: TrainingConfig
    model: str
    output: Path
    state: Path
    seed: int
    judges: Judges

    @property
    def settings(self) -> dict[str, Any]:
        """What model.json says of the training."""
        training = self.config.model_dump(mode="json")
        return {"model": self.model, "seed": self.seed, "training": training}

    @cached_property
    def fingerprint(self) -> str:
        """What a saved state must have been saved for."""
        # With and without judges, checkpoints and losses are different ones: not one training.
        judged = {name: value is not None for name, value in vars(self.judges).items()}
        return training_fingerprint({**self.settings, **judged}, self.data)


def train(
    data: TrainingData,
    config: TrainingConfig,
    model_name: str,
    output_folder: str | Path,
    state_folder: str | Path,
    *,
    seed: int,
    threads: int | None = None,
    parts: int = 1,
    judges: Judges = Judges(),
    device: str = "auto",
    terminal: TextIO | None = None,
) -> None:
    """Train and write generator.safetensors, model.json, model cards, history.csv, samples.png and
    training.json.

    All are written at the end. Until then the state folder holds what a repeated call with
    the same arguments continues from, to the same bytes; sheets and TensorBoard events lie there
    too. SIGTERM and SIGUSR1 save the state after the current step and raise
    `TrainingInterrupted` (exit code 75).

    Parameters
    ----------
    model_name : a name of `cytoforge.models.registry`
    seed : the config's seed together with the model's name
    threads : CPU threads; the last bits of sums depend on it, so give a constant
    parts : that each step's batch is summed in at least; twice as many when memory runs out, but
        with several processes that is an error: all must begin again with the same parts
    device : `auto`, `cpu`, `cuda` or `cuda:<index>`
    terminal : where a progress bar is drawn, if it is a terminal
    """
    check_tile_size(config, data.tile_px, model_name)
    check_schedule(config, len(data.val_images))
    output, state = Path(output_folder), Path(state_folder)
    work = Assignment(data, config, model_name, output, state, seed, judges)
    place, device_line = pick_device(device, threads)
    with stop_on_signals() as stop:

        def attempt(parts: int) -> None:
            _train_in_parts(work, parts, place, device_line, stop, terminal)

        if world_size() == 1:
            say = partial(print, file=sys.stderr, flush=True)
            with_enough_memory(attempt, parts, config.batch_size, say)
        else:
            attempt(parts)
    if rank() == 0:
        remove_state(work.state)


def _train_in_parts(
    work: Assignment,
    parts: int,
    place: torch.device,
    device_line: str,
    stop: StopRequest,
    terminal: TextIO | None,
) -> None:
    """Train from the saved state, or from the start, to the model folder."""
    config, data = work.config, work.data
    state, state_line = load_state(work.state, work.fingerprint)
    parts = max(parts, state["parts"] if state else 1)
    total = total_steps(config, len(data.images))
    shown, first = None if config.minutes else total, state["step"] if state else 0
    with Reporter(work.state, first, shown, terminal) as reporter:
        reporter.say(device_line)
        reporter.say(state_line)
        setup = _settled(work, parts, total, place, reporter)
        model = build_model(work.model, setup)
        session = Session(config, model, _fast_step(work, model, setup, reporter))
        if state is not None:
            session.load_state_dict(state, place)
            state = None  # which would be kept beside the networks until training ends

        def save() -> None:
            if rank() == 0:
                save_state(work.state, work.fingerprint, {"parts": parts, **session.state_dict()})

        batches = Batches(data, config, work.seed, place)
        around = Surroundings(
            data, batches, total, work.seed, place, work.judges.perceptual, save, stop
        )
        run_steps(session, around, reporter)
        session.take_best()
        if rank() == 0:
            _write(work, session, setup, device_line)


def _settled(
    work: Assignment, parts: int, total: int, place: torch.device, reporter: Reporter
) -> ModelSetup:
    """Return what the model is built from; all runs of a training have the same precision."""
    config, data = work.config, work.data
    setup = ModelSetup(
        config, data.n_codes, data.channels, work.seed, place,
        total_steps=total, parts=parts, feature_loss=work.judges.feature_loss,
    )  # fmt: skip
    known = load_choices(work.state, work.fingerprint).get("precision")
    precision, line = settle_precision(work.model, setup, data.tile_px, known)
    reporter.say(line)
    return replace(setup, precision=precision)


def _fast_step(work: Assignment, model: Model, setup: ModelSetup, reporter: Reporter) -> Step:
    """Return the step, taken the same way in all runs of a training; keep what was chosen."""
    known = load_choices(work.state, work.fingerprint).get("step")
    take_step, way, line = accelerate(model, setup, work.model, work.data.tile_px, known)
    reporter.say(line)
    if rank() == 0:
        choices = {"precision": setup.precision, "step": way}
        save_choices(work.state, work.fingerprint, choices)
    return take_step


def _write(work: Assignment, session: Session, setup: ModelSetup, device_line: str) -> None:
    facts = {
        "device": device_line.removeprefix("device: "),
        "precision": setup.precision,
        "parts": setup.parts,
        "processes": world_size(),
    }
    sheet = make_sheet(session, work.data, setup.device)
    finished = session.model.finish(*_all_train_tiles(work.data))
    write_model_folder(work.output, session, work.data, work.settings, facts, finished, sheet)


def _all_train_tiles(data: TrainingData) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return them on the CPU: on the device they lie already, and may not have room twice."""
    images = torch.from_numpy(data.images).mul(2).sub_(1)
    instances = torch.from_numpy(data.instances.astype(np.int32))
    return torch.from_numpy(data.labels), instances, images
