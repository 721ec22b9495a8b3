"""Training jobs that are cancelled, cut off, killed or sent back continue to the same bytes."""

import time
from pathlib import Path
from typing import Any

import pytest

from cytoforge.jobs.provenance import sha256_file
from tests.slurm.cluster import Cluster
from tests.slurm.disturbances import (
    DISTURBANCES,
    INTERRUPTED,
    WEIGHTS,
    halted,
    has_state,
    untrained,
)
from tests.slurm.on_cluster import running
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow


def assert_continued_to_the_same_bytes(project: Project, other: Project, model_name: str) -> None:
    log = (project.folder / f"results/logs/train/{model_name}.log").read_text()
    assert "continuing after step" in log
    for name in ("model.safetensors", "history.csv", "samples.png"):
        path = Path("results/models") / model_name / name
        assert sha256_file(project.folder / path) == sha256_file(other.folder / path), name


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbed_training_is_sent_again(cluster: Cluster, disturbed: Project, name: str):
    _, states, restarts = DISTURBANCES[name]
    jobs = cluster.jobs_of(f"train {name}")
    assert [job.state for job in jobs] == states
    assert sum(int(job.fields["Restarts"]) for job in jobs) == restarts
    assert all(job.gpus == 1 for job in jobs)
    # The second attempt asks for more memory; a requeued job is the same one.
    assert [job.memory_mb for job in jobs] == [8000, 16000][: len(jobs)]


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbed_training_gives_the_same_bytes(
    disturbed: Project, undisturbed: Project, name: str
):
    assert_continued_to_the_same_bytes(disturbed, undisturbed, name)


def test_training_is_warned_before_its_time_limit(disturbed: Project, cluster: Cluster):
    first, _ = cluster.jobs_of("train out_of_time")
    log = disturbed.folder / f".snakemake/slurm_logs/rule_train/out_of_time/{first.id}.log"
    assert "Will exit after finishing currently running jobs" in log.read_text()


def test_ctrl_c_cancels_the_jobs_and_the_next_run_continues(
    cluster: Cluster, at_once: dict[str, Any], undisturbed: Project
):
    project, done = at_once["interrupted"]
    assert cluster.job(done.result()).state == "CANCELLED"
    assert_continued_to_the_same_bytes(project, undisturbed, INTERRUPTED)


def test_jobs_of_a_failed_node_run_again(
    cluster: Cluster, tiled: Project, undisturbed: Project, disturbed: Project
):
    project = untrained(tiled, "lost_node")
    with running(project, WEIGHTS.format(INTERRUPTED)) as started:
        started.wait_until(lambda: has_state(project, INTERRUPTED))
        job = halted(cluster, INTERRUPTED)
        cluster.fail_node("gpu1")
        started.wait_until(lambda: cluster.job(job).state == "PENDING")
        cluster.repair_node("gpu1")
        time.sleep(5)  # SLURM first ends what it believes to run there
        cluster.start_now(job)
        started.succeed()
    assert cluster.job(job).fields["Restarts"] == "1"
    assert_continued_to_the_same_bytes(project, undisturbed, INTERRUPTED)
