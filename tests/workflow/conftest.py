"""The tiny project, run once for all tests of the workflow."""

from pathlib import Path

import pytest

from tests.workflow.tiny_project import Project, make_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """A tiny project on which the whole workflow has run."""
    project = make_project(tmp_path_factory.mktemp("tiny") / "project", root)
    done = project.snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
    return project
