"""The files a training leaves: weights, how to rebuild the model, curve, sheet, totals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save
from torch import Tensor

from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import atomic_path, write_json, write_text
from cytoforge.jobs.provenance import sha256_file, versions
from cytoforge.models.transfer import OTHERS
from cytoforge.training.assignment import Assignment
from cytoforge.training.model_card import card_page, model_card
from cytoforge.training.session import Session
from cytoforge.training.validation import selected

WEIGHTS_FILE = "model.safetensors"


def write_model_folder(
    work: Assignment,
    session: Session,
    facts: dict[str, Any],
    finished: dict[str, Any],
    sheet: np.ndarray,
) -> None:
    """Write the model folder of a finished training.

    Equal runs write equal bytes, but for training.json, which holds times and the machine.

    Parameters
    ----------
    facts : device and precision
    finished : what the model says that synthesis needs beside the weights
    sheet : uint8 (Y, X, 3), samples of the kept weights
    """
    folder, best = work.output, session.best
    assert best is not None, "a training ends with a validation"
    digest = write_weights(folder, best.weights)
    if others := session.model.handed_on():
        _write_tensors(folder / OTHERS, others)
    session.history.write(folder / "history.csv")
    write_png(folder / "samples.png", sheet)
    model = {
        **work.settings,
        **work.data.info,
        "n_codes": work.data.n_codes,
        "condition": session.model.sampler.described(),
        "losses": {group: list(names) for group, names in session.model.losses.items()},
        **finished,
        "best_step": best.step,
        "best_score": best.score,
        "steps": session.step,
        "weights_sha256": digest,
        "versions": versions(),
    }
    totals = {**_totals(work, session), **facts}
    scores = _scores_at(session, best.step)
    chosen = selected(work.config, scores)
    card = model_card(model, totals, scores, chosen[0] if chosen else "last")
    write_json(folder / "training.json", totals)
    write_json(folder / "model_card.json", card)
    write_text(folder / "model_card.md", card_page(card, folder.name))
    write_json(folder / "model.json", model)


def write_weights(folder: Path, weights: Mapping[str, Tensor]) -> str:
    """Write the weights of a model folder and return their sha256, which model.json is to name."""
    _write_tensors(folder / WEIGHTS_FILE, weights)
    return sha256_file(folder / WEIGHTS_FILE)


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    # Not `save_file`, which writes to a temporary file of its own that a kill leaves behind.
    with atomic_path(path) as temporary:
        temporary.write_bytes(save({name: value.contiguous() for name, value in tensors.items()}))


def _totals(work: Assignment, session: Session) -> dict[str, Any]:
    model = session.model
    return {
        "seconds": round(session.seconds, 1),
        "steps": session.step,
        "images_seen": session.step * work.config.batch_size,
        "steps_per_second": round(session.step / max(session.seconds, 1e-9), 2),
        "train_tiles": work.data.n_train,
        "val_tiles": work.data.n_val,
        "parameters": {
            name: sum(weight.numel() for weight in network.parameters())
            for name, network in model.networks.items()
        },
        "kept": [name for name, _ in model.sampler.named_children()],
    }


def _scores_at(session: Session, step: int) -> dict[str, float]:
    row = next(row for row in session.history.rows if row["step"] == step)
    scores = session.history.scores_of(row)
    return {name: value for name, value in scores.items() if value is not None}
