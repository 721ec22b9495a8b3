"""One cluster, and one undisturbed run of the tiny workflow on it, for all tests of this folder."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.cluster import CannotRun, Cluster
from tests.slurm.on_cluster import run
from tests.workflow.tiny_project import Project, make_project


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running cluster; its records are written to slurm_records.txt at the end."""
    base = tmp_path_factory.getbasetemp()
    with (Path(tempfile.gettempdir()) / "cytoforge-slurm-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a machine has room for one
        cluster = Cluster(base / "slurm")
        try:
            cluster.start()
        except CannotRun as reason:
            pytest.skip(f"SLURM cannot run here: {reason}")
        try:
            yield cluster
            (base / "slurm_records.txt").write_text(cluster.table())
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def finished(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """The tiny project with one model, on which the whole workflow has run on the cluster."""
    project = make_project(tmp_path_factory.mktemp("cluster") / "project", root)
    config = project.config()
    config["models"] = {"seven": config["models"]["seven"]}
    project.write_config(config)
    run(project)
    assert (project.folder / "results/report/index.html").exists()
    return project
