"""The tiny project, run once for all tests of the workflow."""

from pathlib import Path

import pytest

from tests.once import build_once
from tests.workflow.tiny_project import Project, make_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """A tiny project on which the whole workflow has run."""
    return Project(build_once(tmp_path_factory, "tiny", lambda folder: _run(folder, root)), root)


def _run(folder: Path, root: Path) -> None:
    done = make_project(folder, root).snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
