"""Nothing that a script runs is missing in the hash of its code."""

import shutil
from pathlib import Path

import pytest

from cytoforge.jobs import staleness
from cytoforge.jobs.by_name import ROOMS
from tests.workflow.calls import VARIABLE, noted
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow

FOUND_BY_NAME = tuple(f"{name.replace('.', '/')}/" for name in ROOMS.values())
SCRIPTS = {"convert", "segment", "write_codes", "render", "cut_tiles", "train", "synthesize"}
SCRIPTS |= {"score"}


def reached(*files: Path) -> set[tuple[Path, str]]:
    nodes = [node for node in staleness._reached(files) if node[1] >= 0]
    return {
        (path, name)
        for path, index in nodes
        for name in staleness._known(path).definitions[index].names
    }


def test_what_scripts_run_is_hashed(finished: Project, tmp_path: Path, monkeypatch):
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    (tmp_path / "calls").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "calls"))
    # One model of two: what the other runs is the same.
    target = "results/metrics/four/scores.json"
    done = copy.snakemake("--forcerun", *sorted(SCRIPTS), "--", target)
    assert done.returncode == 0, done.stderr
    left_out = tuple(staleness.LEFT_OUT)
    found = noted(tmp_path / "calls")
    assert found.keys() >= SCRIPTS

    with monkeypatch.context() as patch:
        patch.setattr(staleness, "LEFT_OUT", {})
        staleness.forget()
        around = reached(*(staleness.ROOT / file for file in left_out))
    staleness.forget()
    for script, functions in found.items():
        # Rules add the hashes of what is loaded by name.
        by_name = {path for path, _ in functions if staleness._name(path).startswith(FOUND_BY_NAME)}
        hashed = reached(staleness.ROOT / f"workflow/scripts/{script}.py", *by_name)
        ran = {one for one in functions if one[0].suffix == ".py" and not one[1].startswith("<")}
        assert ran - hashed - around == set(), script
