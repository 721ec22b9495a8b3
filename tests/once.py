"""What is expensive is built once for all workers of pytest, by the first that asks for it."""

import fcntl
import os
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest


def build_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """Return a folder with what `build(folder)` wrote to it: a copy of this worker's own, so that
    no worker changes, or locks, what another one reads.

    Parameters
    ----------
    name : says what is built; the same name is built once

    Raises
    ------
    AssertionError : `build` failed, here or for another worker, which is not tried again
    """
    base = factory.getbasetemp()
    own = base / "own" / name
    if not own.exists():
        # The folders of workers lie beside one another.
        shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
        shutil.copytree(_built(shared / "built" / name, build), own, symlinks=True)
    return own


def _built(folder: Path, build: Callable[[Path], object]) -> Path:
    """Return the folder, built by this process unless another has done it."""
    folder.parent.mkdir(exist_ok=True)
    failed = folder.with_suffix(".failed")
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists() and not failed.exists():
            _build(build, folder, failed)
    assert not failed.exists(), failed.read_text()
    return folder


def _build(build: Callable[[Path], object], folder: Path, failed: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir()
    try:
        build(unfinished)
    except BaseException:
        failed.write_text(traceback.format_exc())
        raise
    unfinished.rename(folder)
