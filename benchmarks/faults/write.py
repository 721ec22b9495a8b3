"""SIGKILL of everything in the middle of writing a file: as soon as a temporary file is seen."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.scheduler import rebuilt, start, whole_files
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import Project

TRIALS = 12
FILES = 40  # temporary files of a run, about: which of them is hit is drawn


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield a trial a kill; every project is killed twice."""
    random = campaign.random("write")
    for number in range(1 if campaign.short else TRIALS // 2):
        project = campaign.fresh(f"write-{number}")
        skipped = random.integers(FILES // 8 if campaign.short else FILES // 2, size=2)
        hit = [_kill_in_write(project, campaign.target, int(files)) for files in skipped]
        before = whole_files(project)
        last = start(project, campaign.target)
        last.wait()
        for path in filter(None, hit):
            yield Trial(
                "write",
                f"everything, while {path} was written",
                differing=campaign.differing(project, present=campaign.short),
                rebuilt=rebuilt(before, whole_files(project)),
                leftovers=campaign.leftovers(project),
                unclear=f"the last run failed: {last.printed}" if last.process.returncode else "",
            )


def _kill_in_write(project: Project, target: str, skipped: int) -> str:
    """Kill when the temporary file after `skipped` others appears; return its path, "" if none."""
    before = _temporary(project.folder / "results")
    run = start(project, target)
    seen: set[Path] = set()
    while not run.wait(0):
        seen |= _temporary(project.folder / "results") - before
        if len(seen) > skipped:
            os.killpg(run.process.pid, signal.SIGKILL)
            break
        time.sleep(0.001)
    run.wait()
    left = sorted(_temporary(project.folder / "results") - before)
    project.snakemake("--unlock")
    return left[0].relative_to(project.folder).as_posix() if left else ""


def _temporary(folder: Path) -> set[Path]:
    return {
        Path(place, name)
        for place, _, files in os.walk(folder)
        for name in files
        if name.startswith(".") and not name.startswith(".snakemake")
    }
