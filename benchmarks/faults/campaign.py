"""The undisturbed run that all trials are compared with, and the projects they are made in."""

import re
import shutil
import time
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from cytoforge.jobs.provenance import sha256_file
from tests.workflow.tiny_project import Project, make_project

# They hold times, memory and the machine, and differ between any two runs; a report holds those of
# its stages.
TIMED = (
    *("results/logs/*", "results/benchmarks/*", "results/state/*"),
    *("results/models/*/training.json", "results/checksums/models/*/training.json.sha256"),
    *("results/report/index.html", "results/checksums/report/index.html.sha256"),
    "results/checksums/inputs.json",
)
# Of TensorBoard, named after time, machine and process; a continued training has several.
EVENTS = re.compile(r"/events\.out\.tfevents\.")


@dataclass(frozen=True)
class Campaign:
    """What every trial is given."""

    workspace: Path
    root: Path
    seed: int
    kills: int
    short: bool
    """As few trials a fault as show that it works, on few stages."""
    undisturbed: Project
    seconds: float
    """How long the undisturbed run took."""
    sums: dict[str, str]
    """SHA-256 of the files it left, by path."""

    def random(self, fault: str) -> np.random.Generator:
        """Return a generator of its own for a fault, so that faults may be run one by one."""
        return np.random.default_rng([self.seed, *fault.encode()])

    def fresh(self, name: str) -> Project:
        """Return a project like the undisturbed one, on which nothing has run."""
        fresh = Project(self.workspace / name, self.root)
        made = shutil.ignore_patterns("results", ".snakemake")
        shutil.copytree(self.undisturbed.folder, fresh.folder, ignore=made)
        return fresh

    def finished(self, name: str) -> Project:
        """Return a copy of the undisturbed project; its folder may exist already."""
        copy = Project(self.workspace / name, self.root)
        shutil.copytree(self.undisturbed.folder, copy.folder, symlinks=True, dirs_exist_ok=True)
        return copy

    @property
    def target(self) -> str:
        """What to make where it does not matter what: everything, or a few small files."""
        return "results/split/regions.csv" if self.short else "results/report/index.html"

    @property
    def compared(self) -> dict[str, str]:
        """`sums` of the files that are the same after every run."""
        return {path: found for path, found in self.sums.items() if not _timed(path)}

    def differing(self, project: Project, present: bool = False) -> tuple[str, ...]:
        """Return which files have other bytes than those of the undisturbed run, or are missing.

        Where not all was to be made, only those that are present are compared.
        """
        found = checksums(project)
        missing = () if present else (path for path in self.sums if path not in found)
        others = (path for path, sha in self.compared.items() if found.get(path, sha) != sha)
        return (*missing, *others)

    def leftovers(self, project: Project) -> tuple[str, ...]:
        """Return which files an undisturbed run lacks."""
        found = checksums(project)
        return tuple(path for path in found if path not in self.sums and not EVENTS.search(path))


def prepare(workspace: Path, root: Path, seed: int, kills: int, short: bool) -> Campaign:
    """Run the workflow once, undisturbed."""
    project = make_small_project(workspace / "undisturbed", root)
    start = time.monotonic()
    done = project.snakemake()
    seconds = time.monotonic() - start
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Campaign(workspace, root, seed, kills, short, project, seconds, sums_of(project))


def sums_of(project: Project) -> dict[str, str]:
    """Return the checksums of a finished project's files that a second run has too."""
    return {path: found for path, found in checksums(project).items() if not EVENTS.search(path)}


def make_small_project(folder: Path, root: Path) -> Project:
    """Return the tiny project with one model instead of two: every rule once is enough."""
    project = make_project(folder, root)
    config = project.config()
    del config["models"]["seven"], config["datasets"]["tiles7"]
    del config["references"]["level4"]
    config["datasets"]["tiles4"]["reference"] = "level7"  # its bounds are a stage of their own
    project.write_config(config)
    return project


def checksums(project: Project) -> dict[str, str]:
    """Return the SHA-256 of every file under results/ by its path."""
    files = sorted(path for path in (project.folder / "results").rglob("*") if path.is_file())
    return {path.relative_to(project.folder).as_posix(): sha256_file(path) for path in files}


def _timed(path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in TIMED)
