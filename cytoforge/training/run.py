"""Train one model on one data set: tiles in, a model folder out."""

from dataclasses import replace
from pathlib import Path
from typing import TextIO

from cytoforge.config.training import HALVINGS, TrainingConfig
from cytoforge.networks.unet import check_size
from cytoforge.training.data import Batches, TrainingData
from cytoforge.training.device import pick_device
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.interrupt import stop_on_signals
from cytoforge.training.logs import Reporter
from cytoforge.training.loop import Surroundings, make_sheet, run_steps
from cytoforge.training.model import ModelSetup
from cytoforge.training.model_folder import write_model_folder
from cytoforge.training.precision import settle_precision
from cytoforge.training.registry import build_model
from cytoforge.training.schedule import total_steps
from cytoforge.training.session import Session
from cytoforge.training.state import load_state, remove_state, save_state
from cytoforge.training.validation import Perceptual


def train(
    data: TrainingData,
    config: TrainingConfig,
    model_name: str,
    output_folder: str | Path,
    state_folder: str | Path,
    *,
    seed: int,
    threads: int | None = None,
    perceptual: Perceptual | None = None,
    device: str = "auto",
    terminal: TextIO | None = None,
) -> None:
    """Train and write generator.safetensors, model.json, history.csv, samples.png, training.json.

    All five are written at the end. Until then the state folder holds what a repeated call with
    the same arguments continues from, to the same bytes; sheets and TensorBoard events lie there
    too. SIGTERM and SIGUSR1 save the state after the current step and raise
    `TrainingInterrupted` (exit code 75).

    Parameters
    ----------
    model_name : a name of `cytoforge.training.registry`
    seed : the config's seed together with the experiment's name
    threads : CPU threads; the last bits of sums depend on it, so give a constant
    perceptual : mean perceptual distance of two batches of images in [0, 1]; without it
        validation has L1 alone
    device : `auto`, `cpu`, `cuda` or `cuda:<index>`
    terminal : where a progress bar is drawn, if it is a terminal
    """
    check_size(data.tile_px, data.tile_px, HALVINGS[config.generator])
    states = Path(state_folder)
    settings = {"model": model_name, "seed": seed, "training": config.model_dump(mode="json")}
    # With and without LPIPS, checkpoints are judged in different units: not one training.
    judged_by = {"perceptual": perceptual is not None}
    fingerprint = training_fingerprint({**settings, **judged_by}, data)
    with pick_device(device, threads) as (place, device_line), stop_on_signals() as stop:
        state, state_line = load_state(states, fingerprint)
        setup = ModelSetup(config, data.n_codes, data.channels, seed, place)
        settled = state["precision"] if state else None
        precision, precision_line = settle_precision(model_name, setup, data.tile_px, settled)
        session = Session(config, build_model(model_name, replace(setup, precision=precision)))
        if state is not None:
            session.load_state_dict(state, place)

        def save() -> None:
            save_state(states, fingerprint, {"precision": precision, **session.state_dict()})

        total = total_steps(config, len(data.images))
        with Reporter(states, session.step, total, terminal) as reporter:
            for line in (device_line, precision_line, state_line):
                reporter.say(line)
            batches = Batches(data, config, seed, place)
            around = Surroundings(data, batches, total, seed, place, perceptual, save, stop)
            run_steps(session, around, reporter)
        session.take_best()
        sheet = make_sheet(session, data, place)
        facts = {"device": device_line.removeprefix("device: "), "precision": precision}
        write_model_folder(Path(output_folder), session, data, settings, facts, sheet)
    remove_state(states)
