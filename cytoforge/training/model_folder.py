"""The files a training leaves: weights, how to rebuild the generator, curve, sheet, totals."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save_file

from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import atomic_path, write_json, write_text
from cytoforge.jobs.provenance import sha256_file, versions
from cytoforge.training.data import TrainingData
from cytoforge.training.model_card import card_page, model_card
from cytoforge.training.session import Session

WEIGHTS_FILE = "generator.safetensors"


def write_model_folder(
    folder: Path,
    session: Session,
    data: TrainingData,
    settings: dict[str, Any],
    facts: dict[str, Any],
    finished: dict[str, Any],
    sheet: np.ndarray,
) -> None:
    """Write the model folder of a finished training.

    Equal runs write equal bytes, but for training.json, which holds times and the machine.

    Parameters
    ----------
    settings : model's name, seed and training config
    facts : device and precision
    finished : what the model says that synthesis needs beside the weights
    sheet : uint8 (Y, X, 3), samples of the kept weights
    """
    best = session.best
    assert best is not None, "a training ends with a validation"
    with atomic_path(folder / WEIGHTS_FILE) as temporary:
        save_file({name: value.contiguous() for name, value in best.weights.items()}, temporary)
    session.history.write(folder / "history.csv")
    write_png(folder / "samples.png", sheet)
    model = {
        **settings,
        **data.info,
        "n_codes": data.n_codes,
        "condition": asdict(session.model.spec),
        **finished,
        "best_step": best.step,
        "best_score": best.score,
        "steps": session.step,
        "weights_sha256": sha256_file(folder / WEIGHTS_FILE),
        "versions": versions(),
    }
    totals = _totals(session, data, facts)
    card = model_card(model, totals, _scores_at(session, best.step))
    write_json(folder / "training.json", totals)
    write_json(folder / "model_card.json", card)
    write_text(folder / "model_card.md", card_page(card, folder.name))
    write_json(folder / "model.json", model)


def _totals(session: Session, data: TrainingData, facts: dict[str, Any]) -> dict[str, Any]:
    networks = session.model.networks.items()
    return {
        "seconds": round(session.seconds, 1),
        "steps": session.step,
        "images_seen": session.step * session.config.batch_size,
        "steps_per_second": round(session.step / max(session.seconds, 1e-9), 2),
        "train_tiles": len(data.images),
        "val_tiles": len(data.val_images),
        "parameters": {
            name: sum(weight.numel() for weight in network.parameters())
            for name, network in networks
        },
        **facts,
    }


def _scores_at(session: Session, step: int) -> dict[str, float]:
    row = next(row for row in session.history.rows if row["step"] == step)
    scores = {"L1": row["val_l1"], "LPIPS": row["val_lpips"]}
    return {name: float(value) for name, value in scores.items() if value is not None}
