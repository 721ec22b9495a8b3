"""The tiny project on the cluster: the shipped profile, only asking the cluster more often."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.tiny_project import IMAGES, Project

# The partitions of the test cluster have the names in the profile, so nothing else differs.
QUICKER = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
# What a cluster's own sbatch says besides a job's id.
NOTES = r"printf '\033[33mproject 4711: 12 of 100 hours used\033[0m\n'"


def cluster_command(project: Project, *arguments: str, profile: Path | None = None) -> list[str]:
    command = [sys.executable, "-m", "snakemake"]
    command += ["--configfile", str(project.folder / "config.yaml")]
    command += ["--directory", str(project.folder)]
    command += ["--snakefile", str(project.root / "Snakefile")]
    command += ["--workflow-profile", str(profile or project.root / "profiles/slurm")]
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
def running(project: Project, *arguments: str, profile: Path | None = None) -> Iterator[Run]:
    """Run the workflow on the cluster, with an sbatch that also prints what clusters print."""
    log = project.folder / "cluster.log"
    environment = {**os.environ, "PATH": f"{_talkative_sbatch(project)}:{os.environ['PATH']}"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            cluster_command(project, *QUICKER, *arguments, profile=profile),
            env=environment,
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


def refused(project: Project) -> str:
    """Ask for what SLURM refuses, or accepts and never starts; return all that was said.

    Reading, a group, and segmenting have a partition that is none; the first job of a new user asks
    for more time than its partition allows, which SLURM accepts.
    """
    profile = project.folder / "profile"
    profile.mkdir()
    text = (project.root / "profiles/slurm/config.yaml").read_text()
    rules = "  convert: {slurm_partition: none}\n  segment: {slurm_partition: none}\n"
    rules += "  try_cluster: {slurm_partition: short}\nretries: 0\n"
    text = text.replace("retries: 2\n", "").replace(
        "  try_gpu: *gpu\n", f"  try_gpu: *gpu\n{rules}"
    )
    (profile / "config.yaml").write_text(text)
    shutil.rmtree(project.folder / "results/images")
    images = [f"results/images/{name}.ome.tif" for name in IMAGES]
    with running(project, "try_cluster", *images, profile=profile) as started:
        assert started.finish() != 0
        return started.log.read_text()


def _talkative_sbatch(project: Project) -> Path:
    """Return a folder with an sbatch that prints notes before it does its work."""
    folder = project.folder / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "sbatch"
    program.write_text(f'#!/bin/sh\n{NOTES}\nexec {shutil.which("sbatch")} "$@"\n')
    program.chmod(0o755)
    return folder


def copy_project(project: Project, folder: Path) -> Project:
    shutil.copytree(project.folder, folder, symlinks=True)
    return Project(folder, project.root)
