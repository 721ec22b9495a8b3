"""SIGKILL at random moments: of the scheduler, of a job, of both, of everything.

The moments are spread over the whole workflow: a killed run is started again and killed again some
files later, until one comes to its end; then the next project begins. By time alone the longest job
would be killed again and again. Jobs that outlive their scheduler are left running beside the next
run, as they would be in a hurry.
"""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import psutil

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.scheduler import (
    Run,
    rebuilt,
    start,
    wait_for_orphans,
    whole_files,
)
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import Project

VICTIMS = ("everything", "the scheduler", "the scheduler and a job", "a job")
# A run is killed after so many files at most, and so much later at most: about eight a project.
FILES, SECONDS = 12, 5.0


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield `campaign.kills` trials."""
    random = campaign.random("kill")
    left, number = campaign.kills, 0
    while left:
        judged = _until_finished(campaign, campaign.fresh(f"kill-{number}"), random, left)
        yield from judged
        left, number = left - len(judged), number + 1


def _until_finished(
    campaign: Campaign, project: Project, random: np.random.Generator, most: int
) -> list[Trial]:
    """Kill and run again, at most `most` times, until the workflow is finished."""
    judged: list[Trial] = []
    while True:
        before = whole_files(project)
        run = start(project, campaign.target)
        if len(judged) < most:
            files, seconds = (2, 1.0) if campaign.short else (FILES, SECONDS)
            _wait_for_files(project, run, len(before) + int(random.integers(files)))
            run.wait(random.uniform(0, seconds))
        moment = _kill(run, random) if len(judged) < most else ""
        run.wait()
        if judged:
            again = rebuilt(before, whole_files(project))
            torn = campaign.differing(project, present=True)
            judged[-1] = replace(judged[-1], rebuilt=again, differing=torn)
        if not moment:
            break
        judged.append(_after(project, run, moment, first=not judged))
    if judged:
        judged[-1] = _at_the_end(campaign, project, run, judged[-1])
    return judged


def _wait_for_files(project: Project, run: Run, number: int) -> None:
    """Wait until so many files are whole and a job is running, or the run has ended."""
    while not run.wait(0.1) and not (run.jobs() and len(whole_files(project)) >= number):
        pass


def _kill(run: Run, random: np.random.Generator) -> str:
    """Kill what chance names; return what was hit and what ran, "" when all had ended."""
    victim = str(random.choice(VICTIMS))
    jobs = run.jobs()
    while victim.endswith("a job") and not jobs and not run.wait(0.05):
        jobs = run.jobs()
    if run.wait(0):
        return ""
    if victim.startswith("the scheduler"):
        run.process.kill()
    if victim.endswith("a job"):
        rule, job = jobs[random.integers(len(jobs))]
        victim = victim.replace("a job", rule)
        _kill_tree(job)
    if victim == "everything":
        os.killpg(run.process.pid, signal.SIGKILL)
    run.wait()
    return f"{victim}, while {', '.join(sorted(rule for rule, _ in jobs)) or 'no job'} ran"


def _kill_tree(job: psutil.Process) -> None:
    try:
        for process in (*job.children(recursive=True), job):
            process.kill()
    except psutil.NoSuchProcess:
        pass  # it has just ended


def _after(project: Project, run: Run, moment: str, first: bool) -> Trial:
    """Look at what a user is told, and unlock; try to run without unlocking once a project."""
    trial = Trial("kill", moment)
    if not (moment.startswith("the scheduler") or moment.startswith("everything")):
        if "Error in rule" not in run.said or "log:" not in run.said:
            return replace(trial, unclear=f"the failed rule or its log: {run.printed}")
        return trial
    if not any((project.folder / ".snakemake/locks").glob("*")):
        return trial  # it had not begun
    locked = project.snakemake() if first else None
    project.snakemake("--unlock")
    if locked and (locked.returncode == 0 or "--unlock" not in locked.stderr):
        return replace(trial, unclear="how to unlock")
    return trial


def _at_the_end(campaign: Campaign, project: Project, run: Run, last: Trial) -> Trial:
    """Judge a finished project; what is wrong with it counts for the last kill."""
    waited = wait_for_orphans(project)
    failed = f"the last run failed: {run.printed}" if run.process.returncode else last.unclear
    stale = tuple(f"{rule} planned again" for rule in project.planned(campaign.target))
    return replace(
        last,
        differing=campaign.differing(project, present=campaign.short),
        rebuilt=(*last.rebuilt, *stale),
        leftovers=campaign.leftovers(project),
        unclear=failed,
        note="an orphan ended after the last run" if waited else "",
    )
