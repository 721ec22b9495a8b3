"""The state of an unfinished training: saved whole or not at all, continued only where it fits.

It holds no random states: every step seeds torch's generators for itself (`loop`), and all else
draws from a generator of its own name (`cytoforge.seeds`).
"""

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from cytoforge.jobs.atomic import atomic_path, write_json

STATE_FILE = "state.pt"
FROM_START = "starting from step 0"
CHOICES_FILE = "choices.json"


def save_state(folder: Path, fingerprint: str, state: dict[str, Any]) -> None:
    """Save tensors, numbers, texts, lists and dictionaries."""
    with atomic_path(folder / STATE_FILE) as temporary:
        torch.save({"fingerprint": fingerprint, **state}, temporary)


def load_state(folder: Path, fingerprint: str) -> tuple[dict[str, Any] | None, str]:
    """Return the saved state and a sentence for the log; None when there is none that fits.

    Nothing is unpickled but tensors and plain values.
    """
    path = folder / STATE_FILE
    if not path.exists():
        return None, f"{FROM_START}: no saved state"
    try:
        # torch itself ignores the checksums that it writes.
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return None, f"{FROM_START}: the saved state is damaged"
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, zipfile.BadZipFile, OSError) as error:
        return None, f"{FROM_START}: the saved state cannot be read ({type(error).__name__})"
    if not isinstance(state, dict) or state.get("fingerprint") != fingerprint:
        return None, f"{FROM_START}: config, tiles, seed or code changed since the state was saved"
    return state, f"continuing after step {state['step']}"


def save_choices(folder: Path, fingerprint: str, choices: dict[str, str]) -> None:
    """Save what was found by measuring, which another time might come out otherwise.

    Before the first step, and apart from the state: that is first saved after many.
    """
    write_json(folder / CHOICES_FILE, {"fingerprint": fingerprint, "choices": choices})


def load_choices(folder: Path, fingerprint: str) -> dict[str, str]:
    """Return what an interrupted run of this training had chosen; nothing where there was none."""
    try:
        saved = json.loads((folder / CHOICES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(saved, dict) or saved.get("fingerprint") != fingerprint:
        return {}
    choices: dict[str, str] = saved["choices"]
    return choices


def remove_state(folder: Path) -> None:
    """Remove what a finished training had saved."""
    for name in (STATE_FILE, CHOICES_FILE):
        (folder / name).unlink(missing_ok=True)
