"""A power cut in the middle of a training costs what it has done since its last saved state."""

import shutil
from pathlib import Path

import pytest

from benchmarks.faults.scheduler import kill_when_there, start
from cytoforge.jobs.provenance import sha256_file
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow


def test_a_killed_training_is_continued_to_the_same_bytes(finished: Project, tmp_path: Path):
    target = "results/models/four/model.safetensors"
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    shutil.rmtree(copy.folder / "results/models/four")
    kill_when_there(start(copy, target), copy.folder / "results/state/four/state.pt")
    assert not (copy.folder / target).exists()
    # A killed Snakemake leaves its lock behind, and says what to do.
    locked = copy.snakemake(target)
    assert locked.returncode != 0
    assert "--unlock" in locked.stderr
    assert copy.snakemake("--unlock").returncode == 0
    done = copy.snakemake(target)
    assert done.returncode == 0, done.stderr
    log = (copy.folder / "results/logs/train/four.log").read_text()
    assert "continuing after step" in log
    for name in ("model.safetensors", "history.csv", "samples.png"):
        path = f"results/models/four/{name}"
        assert sha256_file(copy.folder / path) == sha256_file(finished.folder / path), name
