"""Training jobs that are cancelled, cut off, killed or sent back continue to the same bytes."""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoforge.jobs.provenance import sha256_file
from tests.slurm.cluster import Cluster
from tests.slurm.on_cluster import copy_project, run, running
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow


def cancel(cluster: Cluster, job: str) -> None:
    cluster.cancel(job)


def run_out_of_time(cluster: Cluster, job: str) -> None:
    # SLURM looks every 30 s, and warns of less than --signal asks to be warned before. Until then
    # training stands still, or it could be finished.
    cluster.control("update", f"JobId={job}", "TimeLimit=2")
    cluster.signal_script(job, "train", signal.SIGSTOP)
    threading.Timer(40, cluster.signal_script, (job, "train", signal.SIGCONT)).start()


def kill(cluster: Cluster, job: str) -> None:
    cluster.signal_script(job, "train", signal.SIGKILL)


def requeue(cluster: Cluster, job: str) -> None:
    cluster.control("requeue", job)
    cluster.start_now(job)


# Models are named for what happens to them: (how, jobs that SLURM saw, restarts).
DISTURBANCES: dict[str, tuple[Callable[[Cluster, str], None], list[str], int]] = {
    "cancelled": (cancel, ["CANCELLED", "COMPLETED"], 0),
    "out_of_time": (run_out_of_time, ["FAILED", "COMPLETED"], 0),
    "killed": (kill, ["FAILED", "COMPLETED"], 0),
    "requeued": (requeue, ["COMPLETED"], 1),
}
WEIGHTS = "results/models/{}/model.safetensors"


@pytest.fixture(scope="module")
def untrained(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The finished project with other models, which are not trained yet."""
    project = copy_project(finished, tmp_path_factory.mktemp("trainings") / "untrained")
    config = project.config()
    block = config["models"].pop("seven")
    for name in DISTURBANCES:
        training = {**block["training"], "steps": 400, "validate_every": 50}
        config["models"][name] = {**block, "training": training}
    project.write_config(config)
    return project


@pytest.fixture(scope="module")
def undisturbed(untrained: Project) -> Project:
    """All trained on this machine, without SLURM."""
    project = copy_project(untrained, untrained.folder.with_name("undisturbed"))
    done = project.snakemake(*map(WEIGHTS.format, DISTURBANCES))
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="module")
def disturbed(cluster: Cluster, untrained: Project) -> Project:
    """All trained on the cluster at once, each disturbed when it has saved a state."""
    project = copy_project(untrained, untrained.folder.with_name("disturbed"))
    left = dict(DISTURBANCES)

    def none_left() -> bool:
        for name in [name for name in left if has_state(project, name)]:
            disturb, *_ = left.pop(name)
            disturb(cluster, cluster.running_job(f"train {name}"))
        return not left

    with running(project, *map(WEIGHTS.format, DISTURBANCES)) as started:
        started.wait_until(none_left)
        started.succeed()
    return project


def has_state(project: Project, model_name: str) -> bool:
    return (project.folder / "results/state" / model_name / "state.pt").exists()


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
    cluster: Cluster, untrained: Project, undisturbed: Project, tmp_path: Path
):
    project = copy_project(untrained, tmp_path / "project")
    target = WEIGHTS.format("killed")
    with running(project, target) as started:
        started.wait_until(lambda: has_state(project, "killed"))
        job = cluster.running_job("train killed")
        started.process.send_signal(signal.SIGINT)
        assert started.finish() != 0
    run(project, target)
    assert cluster.job(job).state == "CANCELLED"
    assert_continued_to_the_same_bytes(project, undisturbed, "killed")


def test_jobs_of_a_failed_node_run_again(
    cluster: Cluster, untrained: Project, undisturbed: Project, tmp_path: Path
):
    project = copy_project(untrained, tmp_path / "project")
    with running(project, WEIGHTS.format("killed")) as started:
        started.wait_until(lambda: has_state(project, "killed"))
        job = cluster.running_job("train killed")
        cluster.fail_node("gpu1")
        started.wait_until(lambda: cluster.job(job).state == "PENDING")
        cluster.repair_node("gpu1")
        time.sleep(5)  # SLURM first ends what it believes to run there
        cluster.start_now(job)
        started.succeed()
    assert cluster.job(job).fields["Restarts"] == "1"
    assert_continued_to_the_same_bytes(project, undisturbed, "killed")
