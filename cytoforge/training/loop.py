"""The training loop: steps, reports, validations, states."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from cytoforge.seeds import derive_seed
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.interrupt import StopRequest, TrainingInterrupted
from cytoforge.training.logs import Reporter
from cytoforge.training.schedule import learning_rate
from cytoforge.training.session import Session
from cytoforge.training.sheet import sample_sheet
from cytoforge.training.validation import Perceptual, generate_tiles, validate

ROWS_PER_VALIDATION = 10  # of the history
SHEET_ROWS = 4


@dataclass(frozen=True)
class Surroundings:
    """What the loop needs beside the session, and never changes."""

    data: TrainingData
    batches: Batches
    total: int  # steps
    seed: int
    device: torch.device
    perceptual: Perceptual | None
    save: Callable[[], None]
    stop: StopRequest


def run_steps(session: Session, around: Surroundings, reporter: Reporter) -> None:
    """Train from the session's step to the last one, or until patience is exhausted.

    Raises
    ------
    TrainingInterrupted : a signal asked to stop; the state is saved
    """
    config = session.config
    row_every = max(1, config.validate_every // ROWS_PER_VALIDATION)
    clock = time.monotonic()
    while session.step < around.total and not session.exhausted:
        rate = learning_rate(config, session.step, around.total)
        # Dropout draws from torch's own generator; a seed a step makes it resume-proof.
        torch.manual_seed(derive_seed(around.seed, "step", session.step))
        session.update(*around.batches(session.step), rate)
        reporter.stepped()
        validates = session.step % config.validate_every == 0 or session.step == around.total
        if validates or session.step % row_every == 0:
            images = session.step * config.batch_size
            row = session.history.close_row(
                step=session.step,
                epoch=images // len(around.data.images),
                images_seen=images,
                learning_rate=rate,
            )
            if validates:
                _validate(session, around, reporter)
            reporter.row(row)
        if validates or around.stop.signal:
            now = time.monotonic()
            session.seconds, clock = session.seconds + now - clock, now
            around.save()
        if around.stop.signal:
            reporter.say(f"{around.stop.signal}: state saved after step {session.step}, leaving")
            raise TrainingInterrupted(session.step)
    if session.exhausted:
        reporter.say(f"stopped early: no better validation in {config.patience}")


def _validate(session: Session, around: Surroundings, reporter: Reporter) -> None:
    network = session.kept_network
    scores = validate(session.model, network, around.data, around.device, around.perceptual)
    session.judge(scores)
    reporter.sheet(session.step, make_sheet(session, around.data, around.device))


def make_sheet(session: Session, data: TrainingData, device: torch.device) -> np.ndarray:
    """Return a sample sheet of val tiles (of train tiles where there is no val split)."""
    has_val = len(data.val_images) > 0
    images, labels = (data.val_images, data.val_labels) if has_val else (data.images, data.labels)
    # Evenly spread over the split: neighbours in the manifest are neighbours in the image.
    chosen = np.unique(np.linspace(0, len(images) - 1, SHEET_ROWS).round().astype(int))
    picked = torch.from_numpy(labels[chosen]).to(device)
    fake = generate_tiles(session.model, session.kept_network, picked).cpu().numpy()
    channels = data.info.get("channels", ())
    return sample_sheet(labels[chosen], fake, images[chosen], data.colours, channels)
