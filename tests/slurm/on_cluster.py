"""The tiny project on the cluster: the shipped profile, only asking the cluster more often."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.tiny_project import Project

# The partitions of the test cluster have the names in the profile, so nothing else differs.
QUICKER = ["--slurm-init-seconds-before-status-checks", "6", "--latency-wait", "10"]


def cluster_command(project: Project, *arguments: str, profile: str = "slurm") -> list[str]:
    command = [sys.executable, "-m", "snakemake"]
    command += ["--configfile", str(project.folder / "config.yaml")]
    command += ["--directory", str(project.folder)]
    command += ["--snakefile", str(project.root / "Snakefile")]
    command += ["--workflow-profile", str(project.root / "profiles" / profile)]
    return [*command, *arguments]


@dataclass
class Run:
    """Snakemake under way, in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, condition: Callable[[], bool], seconds: float = 180) -> None:
        """Wait for something to happen while the run goes on."""
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def finish(self) -> int:
        """Wait for the run to end; return its status."""
        return self.process.wait(timeout=900)

    def succeed(self) -> None:
        assert self.finish() == 0, self.log.read_text()


@contextmanager
def running(project: Project, *targets: str) -> Iterator[Run]:
    """Run the workflow on the cluster."""
    log = project.folder / "cluster.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            cluster_command(project, *QUICKER, *targets),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=project.folder,
            start_new_session=True,
            # Tests that a shell started with & would hand on that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            yield Run(process, log)
        finally:
            if process.poll() is None:  # the test has failed
                process.kill()
                process.wait()


def run(project: Project, *targets: str) -> None:
    """Run the workflow on the cluster to its end."""
    with running(project, *targets) as started:
        started.succeed()


def copy_project(project: Project, folder: Path) -> Project:
    shutil.copytree(project.folder, folder, symlinks=True)
    return Project(folder, project.root)
