"""What happens to training jobs on a cluster: they are cancelled, cut off, killed or sent back."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tests.slurm.cluster import Cluster
from tests.slurm.on_cluster import copy_project, refused, run, running
from tests.workflow.tiny_project import Project


def cancel(cluster: Cluster, project: Project, job: str) -> None:
    cluster.cancel(job)


def run_out_of_time(cluster: Cluster, project: Project, job: str) -> None:
    # It has two to three minutes left. SLURM looks every 30 s, and warns when less are left than
    # --signal asks to be warned before; training goes on only then.
    minutes = cluster.whole_minutes(job)
    cluster.control("update", f"JobId={job}", f"TimeLimit={minutes + 3}")
    threading.Thread(target=_go_on_when_warned, args=(cluster, project, job)).start()


def _go_on_when_warned(cluster: Cluster, project: Project, job: str) -> None:
    log = project.folder / f".snakemake/slurm_logs/rule_train/out_of_time/{job}.log"
    while WARNED not in log.read_text() and cluster.job(job).state == "RUNNING":
        time.sleep(1)
    cluster.signal_script(job, "train", signal.SIGCONT)


def kill(cluster: Cluster, project: Project, job: str) -> None:
    cluster.signal_script(job, "train", signal.SIGKILL)


def requeue(cluster: Cluster, project: Project, job: str) -> None:
    cluster.control("requeue", job)
    threading.Thread(target=cluster.start_now, args=(job,)).start()  # the others do not wait


WARNED = "Will exit after finishing currently running jobs"  # says Snakemake in the job
# Models are named for what happens to them: (how, jobs that SLURM saw, restarts).
Disturbance = Callable[[Cluster, Project, str], None]
DISTURBANCES: dict[str, tuple[Disturbance, list[str], int]] = {
    "cancelled": (cancel, ["CANCELLED", "COMPLETED"], 0),
    "out_of_time": (run_out_of_time, ["FAILED", "COMPLETED"], 0),
    "killed": (kill, ["FAILED", "COMPLETED"], 0),
    "requeued": (requeue, ["COMPLETED"], 1),
}
INTERRUPTED = "interrupted"  # by Ctrl-C at Snakemake, and by the end of a node
WEIGHTS = "results/models/{}/model.safetensors"


def untrained(project: Project, name: str) -> Project:
    """Return a copy of the project, ready to train these models instead of its own."""
    copied = copy_project(project, project.folder.with_name(name))
    config = copied.config()
    block = config["models"].pop("seven")
    for model in (*DISTURBANCES, INTERRUPTED):
        training = {**block["training"], "steps": 160, "validate_every": 40}
        config["models"][model] = {**block, "training": training}
    copied.write_config(config)
    return copied


def disturb(cluster: Cluster, project: Project) -> None:
    """Train on the cluster at once, each disturbed when it has saved a state."""
    left = dict(DISTURBANCES)

    def none_left() -> bool:
        for name in [name for name in left if has_state(project, name)]:
            how, *_ = left.pop(name)
            how(cluster, project, halted(cluster, name))
        return not left

    with running(project, *map(WEIGHTS.format, DISTURBANCES)) as started:
        started.wait_until(none_left)
        started.succeed()


def interrupt(cluster: Cluster, project: Project) -> str:
    """Press Ctrl-C while a training runs, and give the same command again; return the first job."""
    target = WEIGHTS.format(INTERRUPTED)
    with running(project, target) as started:
        started.wait_until(lambda: has_state(project, INTERRUPTED))
        job = halted(cluster, INTERRUPTED)
        started.process.send_signal(signal.SIGINT)
        assert started.finish() != 0
    run(project, target)
    return job


def train_here(project: Project) -> None:
    """Train the same on this machine, without SLURM."""
    done = project.snakemake(*map(WEIGHTS.format, (*DISTURBANCES, INTERRUPTED)))
    assert done.returncode == 0, done.stdout + done.stderr


def has_state(project: Project, model_name: str) -> bool:
    return (project.folder / "results/state" / model_name / "state.pt").exists()


def halted(cluster: Cluster, model_name: str) -> str:
    """Let a training stand still, or it could be finished before it is disturbed; return its job.

    SLURM lets it go on when it is to end; a signal that cannot be caught ends it as it stands.
    """
    job = cluster.running_job(f"train {model_name}")
    cluster.signal_script(job, "train", signal.SIGSTOP)
    return job


def all_at_once(cluster: Cluster, tiled: Project, pool: ThreadPoolExecutor) -> dict[str, Any]:
    """Start all that needs tiles, side by side, since most of it is waiting; return the futures.

    Each runs in a copy of its own. `project`: where; `done`: what it returns in the end.
    """
    disturbed, undisturbed = untrained(tiled, "disturbed"), untrained(tiled, "undisturbed")
    interrupted, apart = untrained(tiled, "with_ctrl_c"), untrained(tiled, "refused")
    started: dict[str, tuple[Project, Future[Any]]] = {
        "disturbed": (disturbed, pool.submit(disturb, cluster, disturbed)),
        "interrupted": (interrupted, pool.submit(interrupt, cluster, interrupted)),
        "finished": (tiled, pool.submit(run, tiled)),
        "undisturbed": (undisturbed, pool.submit(train_here, undisturbed)),
        "refused": (apart, pool.submit(refused, apart)),
    }
    return started
