"""The training loop: steps, reports, validations, states."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from cytoforge.compute.ranks import agreed, rank, world_size
from cytoforge.config.task import task_of
from cytoforge.seeds import derive_seed
from cytoforge.training.data import Batches, TrainingData, as_batch
from cytoforge.training.interrupt import StopRequest, TrainingInterrupted
from cytoforge.training.logs import Reporter
from cytoforge.training.schedule import learning_rate
from cytoforge.training.session import Session
from cytoforge.training.sheet import prediction_sheet, sample_sheet
from cytoforge.training.validation import Perceptual, generate_tiles, validate

ROWS_PER_VALIDATION = 10  # of the history
SHEET_ROWS = 4
FINE = 10_000  # steps that a training of given time is thought to have, for its schedule
ASK_S = 1.0  # about how often processes ask each other whether to leave
SAVING_SHARE = 1 / 20  # of the time, at most


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
    """Train from the session's step to the last one, or until time or patience is exhausted.

    Raises
    ------
    TrainingInterrupted : a signal asked to stop; the state is saved
    """
    config = session.config
    row_every = max(1, config.validate_every // ROWS_PER_VALIDATION)
    clock, saver, leaving = _Clock(session), Saver(around.save), Leaving(around.stop)
    done = _done(session, around.total)
    while not done and not session.exhausted:
        rate = _rate(session, around.total)
        # Noise and dropout draw from torch's own generator; a seed a step makes it resume-proof.
        torch.manual_seed(derive_seed(around.seed, "step", session.step))
        session.update(around.batches(session.step), rate)
        clock.tick()
        reporter.stepped()
        done = _done(session, around.total)
        validates = session.step % config.validate_every == 0 or done
        if validates or session.step % row_every == 0:
            _report(session, around, reporter, rate, validates)
        stop = leaving.asked()
        if validates or stop:
            clock.tick()
            saver.save(must=bool(done or session.exhausted or stop))
        if stop:
            agreed(None)  # none leaves while process 0 saves: torchrun would then end that as well
            reporter.say(f"{stop}: state saved after step {session.step}, leaving")
            raise TrainingInterrupted(session.step)
    if session.exhausted:
        reporter.say(f"stopped early: no better validation in {config.patience}")


class Saver:
    """Saves the state, but at a validation only where saving takes no more than its share of time.

    The first validation saves whatever it takes; how long that was says when the next one may. From
    whichever state a training goes on, it comes to the same bytes.
    """

    def __init__(self, save: Callable[[], None]) -> None:
        self.write, self.due = save, -math.inf

    def save(self, must: bool = False) -> None:
        """Save if it is time, or if it `must` be."""
        start = time.monotonic()
        if must or start >= self.due:
            self.write()
            end = time.monotonic()
            self.due = end + (end - start) / SAVING_SHARE


class Leaving:
    """Whether a signal asks to leave, after a step that is the same one in all processes.

    One process looks after every step. Several would wait for each other; they look after one of so
    many, twice as many or half of them next time. Process 0 measures and says how many.
    """

    def __init__(self, request: StopRequest) -> None:
        self.request = request
        self.steps, self.every, self.last = 0, 1, time.monotonic()

    def asked(self) -> str | None:
        """Return the signal's name; to be called once a step."""
        if world_size() == 1:
            return self.request.signal
        self.steps += 1
        if self.steps < self.every:
            return None
        now = time.monotonic()
        every = 2 * self.every if now - self.last < ASK_S else max(1, self.every // 2)
        signal, self.every = agreed((self.request.signal, every))
        self.steps, self.last = 0, now
        return signal


class _Clock:
    """Adds the time that passes to the session's seconds."""

    def __init__(self, session: Session) -> None:
        self.session, self.last = session, time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        self.session.seconds += now - self.last
        self.last = now


def _done(session: Session, total: int) -> bool:
    if session.config.minutes is None:
        return session.step >= total
    return bool(agreed(session.seconds >= 60 * session.config.minutes))


def _rate(session: Session, total: int) -> float:
    config = session.config
    scores = session.scores if config.schedule == "plateau" else []  # of the whole history
    if config.minutes is None:
        return learning_rate(config, session.step, total, scores)
    # The share of the time stands for the share of the steps, which nobody knows beforehand.
    spent = min(agreed(session.seconds) / (60 * config.minutes), 1.0)
    return learning_rate(config, spent * FINE, FINE, scores)


def _report(
    session: Session, around: Surroundings, reporter: Reporter, rate: float, validates: bool
) -> None:
    images = session.step * session.config.batch_size
    row = session.history.close_row(
        step=session.step,
        epoch=images // len(around.data.images),
        images_seen=images,
        learning_rate=rate,
    )
    if validates:
        _validate(session, around, reporter)
    reporter.row(row, session.history)


def _validate(session: Session, around: Surroundings, reporter: Reporter) -> None:
    network, scores = session.kept_network, None
    # A perceptual distance is one of images.
    perceptual = None if task_of(session.config).output == "label_map" else around.perceptual
    if rank() == 0:
        scores = validate(session.model, network, around.data, around.device, perceptual)
        reporter.sheet(session.step, make_sheet(session, around.data, around.device))
    session.judge(agreed(scores))


def make_sheet(session: Session, data: TrainingData, device: torch.device) -> np.ndarray:
    """Return a sample sheet of val tiles (of train tiles where there is no val split)."""
    has_val = len(data.val_images) > 0
    images, labels, instances = (
        (data.val_images, data.val_labels, data.val_instances)
        if has_val
        else (data.images, data.labels, data.instances)
    )
    # Evenly spread over the split: neighbours in the manifest are neighbours in the image.
    chosen = np.unique(np.linspace(0, len(images) - 1, SHEET_ROWS).round().astype(int))
    tiles = as_batch(images[chosen], labels[chosen], instances[chosen], device)
    made = generate_tiles(session.model, session.kept_network, tiles).cpu().numpy()
    maps, channels = labels[chosen], data.info.get("channels", ())
    if task_of(session.config).output == "label_map":
        predicted = made.argmax(1)  # (N, H, W)
        return prediction_sheet(images[chosen], predicted, maps, data.colours, channels)
    return sample_sheet(maps, made, images[chosen], data.colours, channels)
