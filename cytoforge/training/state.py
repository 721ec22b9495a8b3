"""The state of an unfinished training: saved whole or not at all, continued only where it fits."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from cytoforge.atomic import atomic_path

STATE_FILE = "state.pt"


def save_state(folder: Path, fingerprint: str, state: dict[str, Any]) -> None:
    """Save tensors, numbers, texts, lists and dictionaries together with torch's random states."""
    random = {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}
    with atomic_path(folder / STATE_FILE) as temporary:
        torch.save({"fingerprint": fingerprint, "random": random, **state}, temporary)


def load_state(folder: Path, fingerprint: str) -> tuple[dict[str, Any] | None, str]:
    """Return the saved state and a sentence for the log; None when there is none that fits.

    Nothing is unpickled but tensors and plain values. Random states are restored.
    """
    path = folder / STATE_FILE
    if not path.exists():
        return None, "starting anew: no saved state"
    try:
        # torch itself ignores the checksums that it writes.
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return None, "starting anew: the saved state is damaged"
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, zipfile.BadZipFile, OSError) as error:
        return None, f"starting anew: the saved state cannot be read ({type(error).__name__})"
    if not isinstance(state, dict) or state.get("fingerprint") != fingerprint:
        return None, "starting anew: config, tiles, seed or code changed since the state was saved"
    torch.set_rng_state(state["random"]["cpu"])
    if len(state["random"]["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["random"]["cuda"])
    return state, f"continuing after step {state['step']}"


def remove_state(folder: Path) -> None:
    """Remove the saved state of a finished training."""
    (folder / STATE_FILE).unlink(missing_ok=True)
