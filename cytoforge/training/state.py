"""The state of an unfinished training: saved whole or not at all, continued only where it fits.

It holds no random states: every step seeds torch's generators for itself (`loop`), and all else
draws from a generator of its own name (`cytoforge.seeds`).

The state saved before stays beside it, so that one which a disk has damaged costs some steps and
not the training.
"""

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch

from cytoforge.compute.memory import out_of_memory
from cytoforge.compute.ranks import agreed, rank
from cytoforge.jobs.atomic import atomic_path, write_json

STATE_FILE, BEFORE_FILE = "state.pt", "state_before.pt"
ASIDE = ".unreadable"  # ends the name of what was set aside
FROM_START = "starting from step 0"
CHOICES_FILE = "choices.json"
SAVED_AS = "saved_as"  # key of the file's name, in a state that was read

State = dict[str, Any]


def save_state(folder: Path, fingerprint: str, state: State) -> None:
    """Save tensors, numbers, texts, lists and dictionaries."""
    with atomic_path(folder / STATE_FILE) as temporary:
        torch.save({"fingerprint": fingerprint, **state}, temporary)
        _keep_as_before(folder)


def _keep_as_before(folder: Path) -> None:
    """Give the newest state a second name, so that there is one under the first at any moment."""
    newest, before = folder / STATE_FILE, folder / BEFORE_FILE
    if newest.is_file():
        _remove(before)
        try:
            os.link(newest, before)
        except OSError:  # a file system without links
            newest.replace(before)


def load_state(folder: Path, fingerprint: str) -> tuple[State | None, str]:
    """Return the newest state that fits, and a sentence for the log; None when there is none.

    All processes are given the one that process 0 finds. Nothing is unpickled but tensors and plain
    values. What cannot be read, for whatever reason, is set aside.
    """
    state, line = _newest(folder, fingerprint) if rank() == 0 else (None, "")
    name, line = agreed((state[SAVED_AS] if state else None, line))
    if rank() > 0 and name is not None:
        state = _read(folder / name)
    return state, line


def _newest(folder: Path, fingerprint: str) -> tuple[State | None, str]:
    said, others = [], False
    for name in (STATE_FILE, BEFORE_FILE):
        path = folder / name
        if not os.path.lexists(path):
            continue
        try:
            state = _read(path)
        except Exception as error:  # damaged archives and pickles raise a dozen types
            if out_of_memory(error):
                raise
            said.append(_set_aside(path, f"cannot be read ({type(error).__name__})"))
            continue
        if state["fingerprint"] == fingerprint:
            return state, "; ".join([f"continuing after step {state['step']}", *said])
        others = True
    if others:
        said.append("config, tiles, seed or code changed since the state was saved")
    return None, f"{FROM_START}: {'; '.join(said) or 'no saved state'}"


def _read(path: Path) -> State:
    # torch itself ignores the checksums that it writes.
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"checksum of {damaged}")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {**state, "fingerprint": str(state["fingerprint"]), "step": int(state["step"])} | {
        SAVED_AS: path.name
    }


def set_aside_unfit(folder: Path, state: State, reason: BaseException) -> str:
    """Set aside a state that was read and cannot be continued; return a sentence for the log."""
    return _set_aside(folder / state[SAVED_AS], f"does not fit the model ({type(reason).__name__})")


def _set_aside(path: Path, reason: str) -> str:
    aside = path.with_name(f"{path.name}{ASIDE}")
    _remove(aside)
    path.replace(aside)
    return f"the saved state {path.name} {reason} and was set aside as {aside.name}"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def save_choices(folder: Path, fingerprint: str, choices: dict[str, str]) -> None:
    """Save what was found by measuring, which another time might come out otherwise.

    Before the first step, and apart from the state: that is first saved after many.
    """
    path = folder / CHOICES_FILE
    if path.is_dir():
        _remove(path)
    write_json(path, {"fingerprint": fingerprint, "choices": choices})


def load_choices(folder: Path, fingerprint: str) -> dict[str, str]:
    """Return what an interrupted run of this training had chosen; nothing where there was none."""
    try:
        saved = json.loads((folder / CHOICES_FILE).read_text(encoding="utf-8"))
        return dict(saved["choices"]) if saved["fingerprint"] == fingerprint else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def remove_state(folder: Path) -> None:
    """Remove what a finished training had saved, and what was set aside on the way."""
    for name in (BEFORE_FILE, STATE_FILE):  # from the newest all is written again, whenever killed
        _remove(folder / f"{name}{ASIDE}")
        _remove(folder / name)
    _remove(folder / CHOICES_FILE)
