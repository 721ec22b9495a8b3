"""A power cut in the middle of a training costs what it has done since its last saved state."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cytoforge.provenance import sha256_file
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow


def kill_in_training(project: Project, target: str) -> None:
    """Kill a run, and every process it has started, once training has saved a state."""
    code = (
        "import sys, pathlib\n"
        "from tests.workflow.tiny_project import Project\n"
        "Project(*map(pathlib.Path, sys.argv[1:3])).snakemake(sys.argv[3])\n"
    )
    command = [sys.executable, "-c", code, str(project.folder), str(project.root), target]
    state = project.folder / "results/state/four/state.pt"
    run = subprocess.Popen(command, cwd=project.root, start_new_session=True)
    try:
        while not state.exists():
            assert run.poll() is None, "the run ended before its training could be killed"
            time.sleep(0.005)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def test_a_killed_training_is_continued_to_the_same_bytes(finished: Project, tmp_path: Path):
    target = "results/models/four/generator.safetensors"
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    shutil.rmtree(copy.folder / "results/models/four")
    kill_in_training(copy, target)
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
    for name in ("generator.safetensors", "history.csv", "samples.png"):
        path = f"results/models/four/{name}"
        assert sha256_file(copy.folder / path) == sha256_file(finished.folder / path), name
