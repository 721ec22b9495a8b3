"""The tiny project, run once for all tests of the workflow."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cytoforge.images.samples import Sample
from tests.once import build_once
from tests.workflow.refusals import reader
from tests.workflow.tiny_project import Project, make_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """A tiny project on which the whole workflow has run."""
    return Project(build_once(tmp_path_factory, "tiny", lambda folder: _run(folder, root)), root)


def _run(folder: Path, root: Path) -> None:
    done = make_project(folder, root).snakemake()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Project:
    """A tiny project on which nothing has run."""
    return make_project(tmp_path / "project", root)


@pytest.fixture
def read(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Sample]]:
    """What the workflow reads of the project, which is the working directory."""
    monkeypatch.chdir(project.folder)
    return reader(project)
