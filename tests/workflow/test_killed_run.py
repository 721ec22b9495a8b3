"""A power cut in the middle of a training costs what it has done since its last saved state."""

import shutil
from pathlib import Path

import pytest

from benchmarks.faults.corrupt import flip
from benchmarks.faults.scheduler import kill_when_there, start
from cytoforge.jobs.provenance import sha256_file
from tests.workflow.changes import lose
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow
WEIGHTS, STATE = "results/models/four/model.safetensors", "results/state/four/state.pt"
SCORES = "results/metrics/four/summary.csv"
LOG = "results/logs/train/four.log"
# All that is made of label maps, up to the scores.
LOST = ("tiles/tiles4", "models/four", "sets/four", "sets/four.regions", "metrics/four")
TRAINED = [f"results/models/four/{name}" for name in ("history.csv", "samples.png")]
MADE = [
    *("results/tiles/tiles4/images.npy", "results/tiles/tiles4/manifest.csv"),
    *("results/sets/four/manifest.csv", SCORES),
]


@pytest.fixture(scope="module")
def killed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The finished project without what is made of label maps, killed while that is made again."""
    copy = Project(tmp_path_factory.mktemp("killed") / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    lose(*LOST)(copy)
    kill_when_there(start(copy, SCORES), copy.folder / STATE)
    assert not (copy.folder / WEIGHTS).exists()
    # A killed Snakemake leaves its lock behind, and says what to do.
    locked = copy.snakemake(SCORES)
    assert locked.returncode != 0
    assert "--unlock" in locked.stderr
    assert copy.snakemake("--unlock").returncode == 0
    return copy


def test_what_is_made_again_has_the_same_bytes_after_a_kill(
    killed: Project, finished: Project, tmp_path: Path
):
    project = Project(tmp_path / "copy", killed.root)
    shutil.copytree(killed.folder, project.folder, symlinks=True)
    done = project.snakemake(SCORES)
    assert done.returncode == 0, done.stderr
    assert "continuing after step" in (project.folder / LOG).read_text()
    assert differing(project, finished, [WEIGHTS, *TRAINED, *MADE]) == []


def test_a_damaged_state_is_set_aside(killed: Project, finished: Project, tmp_path: Path):
    project = Project(tmp_path / "copy", killed.root)
    shutil.copytree(killed.folder, project.folder, symlinks=True)
    flip(project.folder / STATE, keep_time=True)
    done = project.snakemake(WEIGHTS)
    assert done.returncode == 0, done.stderr
    assert "was set aside" in (project.folder / LOG).read_text()
    assert differing(project, finished, [WEIGHTS, *TRAINED]) == []


def differing(project: Project, other: Project, names: list[str]) -> list[str]:
    sums = [{name: sha256_file(one.folder / name) for name in names} for one in (project, other)]
    return [name for name in names if sums[0][name] != sums[1][name]]
