"""Temporary files: one name, unless somebody alive is writing under it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cytoforge.jobs.atomic import atomic_path

WRITES_FOR_EVER = """
import sys, time
from cytoforge.jobs.atomic import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half of a long text")
    print("written", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def start_writing(target: Path, root: Path) -> subprocess.Popen[str]:
    """Return a process in the middle of writing `target`."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITES_FOR_EVER, str(target)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "written\n"
    return writer


def test_what_a_killed_writer_left_is_gone_after_the_next_try(tmp_path: Path, root: Path):
    target = tmp_path / "table.csv"
    with start_writing(target, root) as writer:
        writer.send_signal(signal.SIGKILL)
    assert names(tmp_path) == [".unfinished.table.csv"]
    with atomic_path(target) as temporary:
        assert temporary.read_bytes() == b""
        temporary.write_text("whole")
    assert names(tmp_path) == ["table.csv"]
    assert target.read_text() == "whole"


def test_two_writers_at_once_do_not_write_to_one_file(tmp_path: Path, root: Path):
    target = tmp_path / "table.csv"
    with start_writing(target, root) as writer:
        with atomic_path(target) as temporary:
            temporary.write_text("whole")
        assert target.read_text() == "whole"
        assert (tmp_path / ".unfinished.table.csv").read_text() == "half of a long text"
        writer.terminate()


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with atomic_path(tmp_path / "table.csv") as temporary:
        temporary.write_text("whole")
    assert names(tmp_path) == ["table.csv"]


def test_a_full_disk_is_named_where_the_writer_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(descriptor: int, content: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    target = tmp_path / "state.pt"
    message = r"No space left on device: '.*state\.pt'"
    with pytest.raises(OSError, match=message), atomic_path(target):
        raise RuntimeError("unexpected pos 55488 vs 55384")
    assert names(tmp_path) == []


def test_another_error_stays_what_it_is(tmp_path: Path):
    with pytest.raises(RuntimeError, match="unexpected pos"), atomic_path(tmp_path / "state.pt"):
        raise RuntimeError("unexpected pos 55488 vs 55384")
    assert names(tmp_path) == []
