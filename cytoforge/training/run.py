"""Train one model on one data set: tiles in, a model folder out."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from cytoforge.compute.devices import pick_device
from cytoforge.compute.memory import out_of_memory, with_enough_memory
from cytoforge.compute.precision import settle_precision
from cytoforge.compute.ranks import agreed, rank, world_size
from cytoforge.compute.step_execution import accelerate
from cytoforge.compute.steps import Batch, Trainable, Update
from cytoforge.config.training import TrainingConfig
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.training.assignment import Assignment, Pretrained
from cytoforge.training.collapse import trained_outcome
from cytoforge.training.data import TrainingData, blank_batch, tensors_of
from cytoforge.training.distances import with_distances
from cytoforge.training.interrupt import StopRequest, stop_on_signals
from cytoforge.training.logs import Reporter
from cytoforge.training.loop import make_sheet, run_steps
from cytoforge.training.model_folder import write_model_folder
from cytoforge.training.schedule import check_schedule
from cytoforge.training.session import Session
from cytoforge.training.state import (
    load_choices,
    load_state,
    remove_state,
    save_choices,
    save_state,
    set_aside_unfit,
)
from cytoforge.training.tile_size import check_tile_size
from cytoforge.training.worsening import worsening


def train(
    data: TrainingData,
    config: TrainingConfig,
    model_name: str,
    output_folder: str | Path,
    state_folder: str | Path,
    *,
    seed: int,
    threads: int | None = None,
    micro_batches: int = 1,
    pretrained: Pretrained | None = None,
    device: str = "auto",
    terminal: TextIO | None = None,
) -> None:
    """Train and write model.safetensors, model.json, model cards, history.csv, samples.png and
    training.json.

    All are written at the end. Until then the state folder holds what a repeated call with
    the same arguments continues from, to the same bytes; sheets and TensorBoard events lie there
    too. SIGTERM, SIGUSR1, SIGINT (Ctrl-C) and SIGHUP (a closed terminal) save the state after the
    current step and raise `TrainingInterrupted` (exit code 75).

    Parameters
    ----------
    model_name : a name of `cytoforge.models.registry`
    seed : the config's seed together with the name of the model's block
    threads : CPU threads; the last bits of sums depend on it, so give a constant
    micro_batches : that each step's batch is summed over at least; twice as many when memory runs
        out, but with several processes that is an error: all must begin again with as many
    device : `auto`, `cpu`, `cuda` or `cuda:<index>`
    terminal : where a progress bar is drawn, if it is a terminal
    """
    check_tile_size(config, data.tile_px, model_name)
    config, data = config.for_tiles(data.tile_px), with_distances(data, config.needs)
    check_schedule(config, data.n_val)
    work = Assignment(
        data, config, model_name, Path(output_folder), Path(state_folder), seed,
        pretrained or Pretrained(), *pick_device(device, threads),
    )  # fmt: skip
    with stop_on_signals() as stop:

        def attempt(micro_batches: int) -> None:
            while not _train(work, micro_batches, stop, terminal):
                pass  # again, from another state

        if world_size() == 1:
            say = partial(print, file=sys.stderr, flush=True)
            with_enough_memory(attempt, micro_batches, config.batch_size, say)
        else:
            attempt(micro_batches)
    if rank() == 0:
        remove_state(work.state)


def _train(
    work: Assignment, micro_batches: int, stop: StopRequest, terminal: TextIO | None
) -> bool:
    """Train from the saved state, or from the start, to the model folder.

    Returns False where the saved state did not fit, and was set aside.
    """
    state, state_line = load_state(work.state, work.fingerprint)
    micro_batches = max(micro_batches, state.get("micro_batches", 1) if state else 1)
    shown = None if work.config.minutes else work.total_steps
    with Reporter(work.state, state["step"] if state else 0, shown, terminal) as reporter:
        reporter.say(work.device_line)
        reporter.say(state_line)
        known = load_choices(work.state, work.fingerprint) | (state or {}).get("choices", {})
        setup = _settled(work, micro_batches, known, reporter)
        model = build_model(work.model_name, setup)
        reporter.groups = model.losses
        update, choices = _fast_update(work, model, setup, known, reporter)
        session = Session(work.config, model)
        if state is not None:
            if not _restored(session, state, work, reporter):
                return False
            state = None  # which would be kept beside the networks until training ends

        def save() -> None:
            if rank() == 0:
                saved = {"micro_batches": micro_batches, "choices": choices}
                save_state(work.state, work.fingerprint, {**saved, **session.state_dict()})

        run_steps(work, session, update, save, stop, reporter)
        session.take_best()
        if rank() == 0:
            _write(work, session, setup, reporter)
    return True


def _restored(
    session: Session, state: dict[str, Any], work: Assignment, reporter: Reporter
) -> bool:
    """Go on from a state; where it does not fit, set it aside and return False."""
    try:
        session.load_state_dict(state, work.device)
    except Exception as error:  # whatever is missing in it, or of another type or shape
        if out_of_memory(error):
            raise
        if rank() == 0:
            # By itself: what a line of a log computes is not hashed.
            told = set_aside_unfit(work.state, state, error)
            reporter.say(told)
        agreed(None)  # none looks for another state before this one is out of the way
        return False
    return True


def _settled(
    work: Assignment, micro_batches: int, known: dict[str, str], reporter: Reporter
) -> ModelSetup:
    """Return what the model is built from; all runs of a training have the same precision."""
    config, data = work.config, work.data
    setup = ModelSetup(
        config, data.n_codes, data.channels, work.seed, work.device,
        total_steps=work.total_steps, micro_batches=micro_batches,
        feature_loss=work.pretrained.feature_loss,
        code_names=tuple(code["name"] for code in data.info["codes"]),
    )  # fmt: skip
    precision, line = settle_precision(
        config.precision, work.device, _throwaway(work, setup), known.get("precision")
    )
    reporter.say(line)
    return replace(setup, precision=precision)


def _throwaway(work: Assignment, setup: ModelSetup) -> Callable[[], tuple[Trainable, Batch]]:
    """Return what builds a model like the one to be trained, and empty tiles."""

    def build() -> tuple[Trainable, Batch]:
        model = build_model(work.model_name, setup)
        return model, blank_batch(work.data, work.config, work.device)

    return build


def _fast_update(
    work: Assignment, model: Model, setup: ModelSetup, known: dict[str, str], reporter: Reporter
) -> tuple[Update, dict[str, str]]:
    """Return the update, in the same mode in all runs of a training, and what was chosen: kept at
    once, since the first state is saved after many steps."""
    update, mode, line = accelerate(
        model,
        _throwaway(work, setup),
        work.device,
        work.total_steps,
        compile=work.config.compile,
        known=known.get("mode"),
    )
    reporter.say(line)
    choices = {"precision": setup.precision, "mode": mode}
    if rank() == 0:
        save_choices(work.state, work.fingerprint, choices)
    return update, choices


def _write(work: Assignment, session: Session, setup: ModelSetup, reporter: Reporter) -> None:
    outcome = trained_outcome(work, session)
    reporter.say(outcome.line)
    assert session.best is not None, "a training ends with a validation"
    if worse := worsening(work.config, session.history, session.best.step):
        reporter.say(f"warning: {worse}")
    facts = {
        "device": work.device_line.removeprefix("device: "),
        "precision": setup.precision,
        "micro_batches": setup.micro_batches,
        "processes": world_size(),
    }
    # On the CPU: on the device the tiles lie already, and may not have room twice.
    planes = tensors_of(work.data.train, work.config.needs, "cpu")
    finished = {
        **session.model.finish(planes),
        "outcome": outcome.described,
        "worsening": worse,
    }
    write_model_folder(work, session, facts, finished, make_sheet(work, session))
