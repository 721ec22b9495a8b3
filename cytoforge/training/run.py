"""Train one model on one data set: tiles in, a model folder out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch

from cytoforge.config.training import TrainingConfig
from cytoforge.networks.tile_size import check_multiple
from cytoforge.ranks import rank, world_size
from cytoforge.training.accelerate import accelerate
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.device import pick_device
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.interrupt import StopRequest, stop_on_signals
from cytoforge.training.logs import Reporter
from cytoforge.training.loop import Surroundings, make_sheet, run_steps
from cytoforge.training.memory import with_enough_memory
from cytoforge.training.model import FeatureLoss, ModelSetup
from cytoforge.training.model_folder import write_model_folder
from cytoforge.training.precision import settle_precision
from cytoforge.training.registry import build_model
from cytoforge.training.schedule import check_schedule, total_steps
from cytoforge.training.session import Session
from cytoforge.training.state import load_state, remove_state, save_state
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


def train(
    data: TrainingData,
    config: TrainingConfig,
    model_name: str,
    output_folder: str | Path,
    state_folder: str | Path,
    *,
    seed: int,
    threads: int | None = None,
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
    model_name : a name of `cytoforge.config.models`
    seed : the config's seed together with the experiment's name
    threads : CPU threads; the last bits of sums depend on it, so give a constant
    device : `auto`, `cpu`, `cuda` or `cuda:<index>`
    terminal : where a progress bar is drawn, if it is a terminal
    """
    check_multiple(data.images.shape, config.size_multiple, f"the halvings of {model_name}")
    check_schedule(config, len(data.val_images))
    work = Assignment(
        data, config, model_name, Path(output_folder), Path(state_folder), seed, judges
    )
    # With and without judges, checkpoints and losses are different ones: not one training.
    judged = {name: value is not None for name, value in vars(judges).items()}
    fingerprint = training_fingerprint({**work.settings, **judged}, data)
    place, device_line = pick_device(device, threads)
    with stop_on_signals() as stop:
        state, state_line = load_state(work.state, fingerprint)
        total = None if config.minutes else total_steps(config, len(data.images))
        first_step = state["step"] if state else 0
        with Reporter(work.state, first_step, total, terminal) as reporter:
            reporter.say(device_line)
            reporter.say(state_line)

            def attempt(parts: int) -> None:
                _train_in_parts(work, fingerprint, parts, place, device_line, stop, reporter)

            tiles = config.batch_size // world_size()
            parts = int(state["parts"]) if state else 1
            with_enough_memory(attempt, parts, tiles, reporter.say)
    if rank() == 0:
        remove_state(work.state)


def _train_in_parts(
    work: Assignment,
    fingerprint: str,
    parts: int,
    place: torch.device,
    device_line: str,
    stop: StopRequest,
    reporter: Reporter,
) -> None:
    """Train from the saved state, or from the start, to the model folder."""
    config, data = work.config, work.data
    state, _ = load_state(work.state, fingerprint)
    total = total_steps(config, len(data.images))
    setup = ModelSetup(
        config, data.n_codes, data.channels, work.seed, place,
        total_steps=total, parts=parts, feature_loss=work.judges.feature_loss,
    )  # fmt: skip
    settled = state["precision"] if state else None
    precision, line = settle_precision(work.model, setup, data.tile_px, settled)
    reporter.say(line)
    setup = replace(setup, precision=precision)
    model = build_model(work.model, setup)
    take_step, line = accelerate(model, setup, work.model, data.tile_px)
    reporter.say(line)
    session = Session(config, model, take_step)
    if state is not None:
        session.load_state_dict(state, place)

    def save() -> None:
        if rank() == 0:
            held = {"precision": precision, "parts": parts, **session.state_dict()}
            save_state(work.state, fingerprint, held)

    batches = Batches(data, config, work.seed, place)
    around = Surroundings(
        data, batches, total, work.seed, place, work.judges.perceptual, save, stop
    )
    run_steps(session, around, reporter)
    session.take_best()
    if rank() == 0:
        facts = {
            "device": device_line.removeprefix("device: "),
            "precision": precision,
            "parts": parts,
            "processes": world_size(),
        }
        sheet = make_sheet(session, data, place)
        finished = session.model.finish(*_all_train_tiles(data, place))
        write_model_folder(work.output, session, data, work.settings, facts, finished, sheet)


def _all_train_tiles(
    data: TrainingData, place: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    arrays = (data.labels, data.instances.astype(np.int32), data.images * 2 - 1)
    labels, instances, images = (torch.from_numpy(array).to(place) for array in arrays)
    return labels, instances, images
