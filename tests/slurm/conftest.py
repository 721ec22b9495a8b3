"""One cluster for all tests of this folder, and what runs on it: most of it side by side."""

import fcntl
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.slurm.cluster import CannotRun, Cluster
from tests.slurm.disturbances import all_at_once
from tests.slurm.on_cluster import run
from tests.workflow.tiny_project import IMAGES, Project, make_project


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
def tiled(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """The tiny project with one model, from its raw images to tiles on the cluster."""
    project = make_project(tmp_path_factory.mktemp("cluster") / "project", root)
    config = project.config()
    config["models"] = {"seven": config["models"]["seven"]}
    project.write_config(config)
    # All label maps, so that they are one job.
    maps = [f"results/references/level4/{name}.tif" for name in IMAGES]
    # All checks too, which a training waits for.
    made = ["results/tiles/tiles7/leak_check.json", "results/checks/cells.csv", "try_cluster"]
    run(project, *made, *maps)
    return project


@pytest.fixture(scope="session")
def at_once(cluster: Cluster, tiled: Project) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor() as pool:
        yield all_at_once(cluster, tiled, pool)


@pytest.fixture(scope="session")
def finished(at_once: dict[str, Any]) -> Project:
    """The tiny project on which the whole workflow has run on the cluster."""
    project = ended(at_once, "finished")
    assert (project.folder / "results/report/index.html").exists()
    return project


@pytest.fixture(scope="session")
def disturbed(at_once: dict[str, Any]) -> Project:
    """Models that were trained on the cluster and disturbed."""
    return ended(at_once, "disturbed")


@pytest.fixture(scope="session")
def undisturbed(at_once: dict[str, Any]) -> Project:
    """The same models, trained on this machine without SLURM."""
    return ended(at_once, "undisturbed")


def ended(at_once: dict[str, Any], name: str) -> Project:
    project, done = at_once[name]
    done.result()
    found: Project = project
    return found
