"""A run of the workflow in progress: its jobs, its messages, and what it has recorded as whole."""

import json
import os
import signal
import subprocess
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.workflow.tiny_project import Project

Records = dict[str, float]


@dataclass(frozen=True)
class Run:
    """A started Snakemake; what it prints goes to a file beside the project."""

    process: subprocess.Popen[bytes]
    printed: Path

    def jobs(self) -> list[tuple[str, psutil.Process]]:
        """Return the rule of each running job, and the first of its processes."""
        try:
            jobs = psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return []
        return [(rule, job) for job in jobs if (rule := _rule_of(job))]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most `seconds`; has it ended?"""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def said(self) -> str:
        """What it has printed until now."""
        return self.printed.read_text(encoding="utf-8", errors="replace")


def start(project: Project, *arguments: str, environment: dict[str, str] | None = None) -> Run:
    """Start the workflow in a session of its own."""
    printed = project.folder.with_name(f"{project.folder.name}-{time.monotonic_ns()}.txt")
    with printed.open("wb") as file:
        process = subprocess.Popen(
            project.command(*arguments),
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **(environment or {})},
            cwd=project.folder,
            start_new_session=True,
        )
    return Run(process, printed)


def kill_when_there(run: Run, path: Path) -> None:
    """Kill a run and all its jobs as soon as a file exists; RuntimeError if it ends before."""
    while not path.exists():
        if run.wait(0.005):
            raise RuntimeError(f"it ended before {path} existed: {run.printed}")
    os.killpg(run.process.pid, signal.SIGKILL)
    run.wait()


def _rule_of(job: psutil.Process) -> str:
    """Return the rule whose script a job runs, "" when it has not begun or has ended."""
    try:
        for process in (job, *job.children(recursive=True)):
            for word in process.cmdline():
                if word.endswith(".py") and ".snakemake/scripts/" in word:
                    return word.split(".")[-2]
    except psutil.NoSuchProcess:
        pass
    return ""


def whole_files(project: Project) -> Records:
    """Return the outputs that Snakemake has recorded, and not as incomplete."""
    records = _records(project)
    incomplete = project.folder / ".snakemake/incomplete"
    unfinished = {_path_of(path, incomplete) for path in incomplete.rglob("*")}
    return {
        path: record["endtime"]
        for path, record in records.items()
        if path not in unfinished and (project.folder / path).is_file()
    }


def rebuilt(before: Records, after: Records) -> tuple[str, ...]:
    """Return which files that were whole before have been made again, or were about to be."""
    return tuple(path for path, ended in before.items() if after.get(path) != ended)


def wait_for_orphans(project: Project) -> bool:
    """Wait for jobs that have outlived their scheduler; were there any?"""
    found = [process for process in psutil.process_iter() if _works_in(process, project.folder)]
    psutil.wait_procs(found)
    return bool(found)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder.resolve())
    except psutil.Error:  # it has ended, or is another user's
        return False


def outputs_by_rule(project: Project) -> dict[str, list[str]]:
    """Return the files that each rule made; earliest rule first."""
    found: dict[str, list[tuple[float, str]]] = {}
    for path, record in _records(project).items():
        found.setdefault(record["rule"], []).append((record["starttime"], path))
    ordered = sorted(found.items(), key=lambda item: min(item[1]))
    return {rule: sorted(path for _, path in files) for rule, files in ordered}


def _records(project: Project) -> dict[str, dict[str, Any]]:
    """Return what Snakemake has recorded of each output."""
    folder = project.folder / ".snakemake/metadata"
    found = {}
    for path in folder.rglob("*"):
        # A kill may leave a record half written.
        with suppress(IsADirectoryError, FileNotFoundError, json.JSONDecodeError):
            found[_path_of(path, folder)] = json.loads(path.read_text())
    return found


def _path_of(record: Path, folder: Path) -> str:
    """Return the output that a record is kept of: its name is the path in base64."""
    parts = record.relative_to(folder).parts
    return urlsafe_b64decode("".join(part.lstrip("@") for part in parts)).decode()


def readers(project: Project, path: str) -> list[str]:
    """Return the outputs of the first job that reads `path`, none when no job does."""
    records = _records(project)
    jobs = [record for record in records.values() if path in record["input"]]
    first = min(jobs, key=lambda record: record["starttime"], default={"log": None})
    return sorted(name for name, record in records.items() if record["log"] == first["log"])
