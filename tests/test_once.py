"""Workers share what one of them has built."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKERS = """
import os
from pathlib import Path
import pytest
from tests.once import build_once

NOTES = Path(os.environ["NOTES"])

@pytest.fixture(scope="session")
def built(tmp_path_factory):
    def build(folder):
        with NOTES.open("a") as notes:
            print("built by", os.environ.get("PYTEST_XDIST_WORKER"), file=notes)
        (folder / "file").write_text("whole")
        {failing}
    return build_once(tmp_path_factory, "thing", build)

@pytest.mark.parametrize("number", range(8))
def test_reads(built, number):
    assert (built / "file").read_text() == "whole"
    (built / f"own_{{number}}").touch()
    with NOTES.open("a") as notes:
        print("read by", os.environ.get("PYTEST_XDIST_WORKER"), file=notes)
"""


def ran(root: Path, folder: Path, failing: str, *arguments: str) -> tuple[int, list[str]]:
    """Run eight tests that need the same thing; return pytest's status and what they noted."""
    (folder / "test_reads.py").write_text(WORKERS.format(failing=failing))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    command += ["--basetemp", str(folder / "base"), str(folder / "test_reads.py")]
    environment = {**os.environ, "NOTES": str(folder / "notes"), "PYTHONPATH": str(root)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return done.returncode, (folder / "notes").read_text().splitlines()


@pytest.mark.parametrize("arguments", [(), ("-n", "2", "--dist", "each")])
def test_it_is_built_once_and_read_by_all(root: Path, tmp_path: Path, arguments: tuple[str, ...]):
    status, notes = ran(root, tmp_path, "", *arguments)
    assert status == 0
    assert len([line for line in notes if line.startswith("built")]) == 1
    readers = {line for line in notes if line.startswith("read")}
    assert len(readers) == (2 if arguments else 1)


def test_what_failed_is_not_tried_again(root: Path, tmp_path: Path):
    status, notes = ran(root, tmp_path, "raise OSError('no')", "-n", "2", "--dist", "each")
    assert status == 1
    assert len(notes) == 1
