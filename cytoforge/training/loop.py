"""The training loop: steps, reports, validations, states."""

import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from cytoforge.compute.ranks import agreed, rank, world_size
from cytoforge.compute.steps import Update
from cytoforge.seeds import derive_seed
from cytoforge.training.assignment import Assignment
from cytoforge.training.data import Batches, tensors_of
from cytoforge.training.interrupt import StopRequest, TrainingInterrupted
from cytoforge.training.logs import Reporter
from cytoforge.training.schedule import learning_rate
from cytoforge.training.session import Session
from cytoforge.training.sheet import task_sheet
from cytoforge.training.validation import sample_tiles, validate

ROWS_PER_VALIDATION = 10  # of the history
SHEET_ROWS = 4
FINE = 10_000  # steps that a training of given time is thought to have, for its schedule
ASK_S = 1.0  # about how often processes ask each other whether to leave
SAVING_FRACTION = 1 / 20  # of the time, at most


def run_steps(
    work: Assignment,
    session: Session,
    update: Update,
    save: Callable[[], None],
    stop: StopRequest,
    reporter: Reporter,
) -> None:
    """Train from the session's step to the last one, or until time or patience is exhausted.

    Raises
    ------
    TrainingInterrupted : a signal asked to stop; the state is saved
    """
    config, model = work.config, session.model
    batches = Batches(work.data, config, work.seed, work.device)
    row_every = max(1, config.validate_every // ROWS_PER_VALIDATION)
    clock, saver, leaving = _Clock(session), Saver(save), Leaving(stop)
    done = _done(session, work.total_steps)
    while not done and not session.exhausted:
        rate = _rate(session, work.total_steps)
        session.set_rate(rate)
        # Noise and dropout draw from torch's own generator; a seed per step makes it resume-proof.
        torch.manual_seed(derive_seed(work.seed, "step", session.step))
        losses = update(model.draw(batches(session.step)), session.step)
        session.took_step(losses)
        clock.tick()
        reporter.stepped()
        done = _done(session, work.total_steps)
        validates = session.step % config.validate_every == 0 or done
        if validates or session.step % row_every == 0:
            _report(work, session, reporter, rate, validates)
        leave = leaving.asked()
        if validates or leave:
            clock.tick()
            saver.save(must=bool(done or session.exhausted or leave))
        if leave:
            agreed(None)  # none leaves while process 0 saves: it would be ended soon after
            reporter.say(f"{leave}: state saved after step {session.step}, leaving")
            raise TrainingInterrupted(session.step)
    if session.exhausted:
        reporter.say(f"stopped early: no better validation in {config.patience}")


class Saver:
    """Saves the state, but at a validation only where saving takes a small fraction of the time.

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
            self.due = end + (end - start) / SAVING_FRACTION


class Leaving:
    """Whether a signal asks to leave, after a step that is the same one in all processes.

    One process looks after every step. Several would wait for each other; they look after one of so
    many, twice as many or half of them next time. Process 0 measures and says how many.
    """

    def __init__(self, request: StopRequest) -> None:
        self.request = request
        self.steps, self.every, self.last = 0, 1, time.monotonic()

    def asked(self) -> str | None:
        """Return the signal's name; to be called once per step."""
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
    # The fraction of the time stands for that of the steps, which nobody knows beforehand.
    spent = min(agreed(session.seconds) / (60 * config.minutes), 1.0)
    return learning_rate(config, spent * FINE, FINE, scores)


def _report(
    work: Assignment, session: Session, reporter: Reporter, rate: float, validates: bool
) -> None:
    images = session.step * work.config.batch_size
    row = session.history.close_row(
        step=session.step,
        epoch=images // work.data.n_train,
        images_seen=images,
        learning_rate=rate,
    )
    if validates:
        _validate(work, session, reporter)
    reporter.row(row, session.history)


def _validate(work: Assignment, session: Session, reporter: Reporter) -> None:
    scores = None
    if rank() == 0:
        planes = tensors_of(work.data.val, work.config.needs, work.device)
        distances = work.pretrained.distances
        scores = validate(session.model, session.kept, planes, work.config, distances)
        reporter.sheet(session.step, make_sheet(work, session))
    session.judge(agreed(scores))


def make_sheet(work: Assignment, session: Session) -> np.ndarray:
    """Return a sample sheet of val tiles (of train tiles where there is no val split)."""
    data = work.data
    shown = data.some(SHEET_ROWS)
    planes = tensors_of(shown, work.config.needs, work.device)
    if work.task.compares == "sets":
        ways = session.kept.ways(partial(sample_tiles, session.model), planes)
        pictured = {**shown, **{name: one.cpu().numpy() for name, one in ways.pictured.items()}}
        return task_sheet(work.task, pictured, data.colours, data.info["channels"])
    made = sample_tiles(session.model, session.kept, planes)
    if work.task.output == "label_map":
        made = made.argmax(1)  # (N, H, W)
    elif work.task.output == "instances":
        made, _ = session.kept.compared(made, planes)  # (N, h, w)
    pictured = {**shown, "made": made.cpu().numpy()}
    return task_sheet(work.task, pictured, data.colours, data.info["channels"])
