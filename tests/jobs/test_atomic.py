"""Temporary files: one name, unless somebody alive is writing under it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import numpy as safetensors_numpy
from safetensors import torch as safetensors_torch

from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.jobs.csv_file import write_csv
from cytoforge.jobs.provenance import sha256_file
from cytoforge.pretrained.fetch import fetch
from cytoforge.references.label_map_file import write_label_map
from cytoforge.tiles.npy_rows import NpyRows

WRITES_FOR_EVER = """
import sys, time
from cytoforge.jobs.atomic import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half of a long text")
    print("written", flush=True)
    time.sleep(60)
"""


def test_a_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    flush, named = os.fsync, list[bool]()

    def note(descriptor: int) -> None:
        named.append((tmp_path / "a.json").exists())
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write_json(tmp_path / "a.json", {})
    assert named == [False]


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


def write_safetensors(path: Path) -> None:
    with atomic_path(path) as temporary:  # by a file of its own, which is nobody else's to read
        safetensors_torch.save_file({"a": torch.zeros(2)}, temporary)


def write_arrays(path: Path) -> None:
    with atomic_path(path) as temporary:
        safetensors_numpy.save_file({"a": np.zeros(2)}, temporary)


def write_pickle(path: Path) -> None:
    with atomic_path(path) as temporary:
        torch.save({"a": torch.zeros(2)}, temporary)


def write_fetched(path: Path) -> None:
    source = path.with_name("weights")
    source.write_bytes(b"weights")
    fetch(source.as_uri(), path, sha256_file(source))


def write_rows(path: Path) -> None:
    with atomic_path(path) as temporary:
        NpyRows(temporary, 1, (2, 2), np.dtype(np.uint8)).close()


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(params=[(0o022, 0o644), (0o027, 0o640), (0o002, 0o664), (0o077, 0o600)])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Set a umask for the test; return the mode that it gives to new files."""
    umask, mode = request.param
    before = os.umask(umask)
    yield mode
    os.umask(before)


WRITERS = {
    "safetensors of torch": write_safetensors,
    "safetensors of numpy": write_arrays,
    "torch.save": write_pickle,
    "PNG": lambda path: write_png(path, np.zeros((2, 2, 3), np.uint8)),
    "fetched weights": write_fetched,
    "tiles": write_rows,
    "label map": lambda path: write_label_map(path, np.zeros((2, 2), np.uint8)),
    "JSON": lambda path: write_json(path, {}),
    "CSV": lambda path: write_csv(path, ["a"], []),
}


def test_no_writer_makes_temporary_files_of_its_own(root: Path):
    # A kill would leave them behind, under names that nobody knows.
    sources = (root / "cytoforge").rglob("*.py")
    assert [path for path in sources if "save_file(" in path.read_text("utf-8")] == []


@pytest.mark.parametrize("writer", WRITERS)
def test_every_file_has_the_mode_that_the_umask_gives(tmp_path: Path, umask: int, writer: str):
    for _ in range(2):  # the second one in place of the first
        WRITERS[writer](tmp_path / "file.png")
        assert oct(mode_of(tmp_path / "file.png")) == oct(umask)


def test_the_mode_of_what_a_killed_writer_left_does_not_stay(tmp_path: Path, umask: int):
    left = tmp_path / ".unfinished.table.csv"
    left.write_text("half")
    left.chmod(0o600)
    write_csv(tmp_path / "table.csv", ["a"], [])
    assert oct(mode_of(tmp_path / "table.csv")) == oct(umask)
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_without_such_numbers_says_which_key_has_one(tmp_path: Path, value: float):
    with pytest.raises(ValueError, match=r"scores\.json: models\.1\.fid = (nan|inf)"):
        write_json(tmp_path / "scores.json", {"models": [{"fid": 1.0}, {"fid": value}]})
    assert names(tmp_path) == []
