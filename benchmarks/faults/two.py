"""Two schedulers on one folder: at once, and with --nolock on different targets."""

import hashlib
import time
from collections.abc import Iterator

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.scheduler import start
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import Project

TILES = "results/tiles/tiles4/manifest.csv"
# Both need the same images and segmentations, and so make them at the same time.
SHARED = ("results/references/level7/a.png", TILES)
LATEST = 6  # s; the first one is not done by then
READ_EVERY = 0.02  # s


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield trials with the second scheduler up to `LATEST` s late, and some without locks."""
    random = campaign.random("two")
    lags = [0.0] if campaign.short else [0.0, 0.0, 0.0, *random.uniform(0, LATEST, 5)]
    for number, lag in enumerate(lags):
        yield _with_locks(campaign, campaign.fresh(f"two-{number}"), lag)
    for number in range(0 if campaign.short else 2):
        yield _without_locks(campaign, campaign.fresh(f"two-nolock-{number}"))


def _with_locks(campaign: Campaign, project: Project, lag: float) -> Trial:
    """Start two; one must do the work and the other say that it is being done."""
    first = start(project, TILES)
    time.sleep(lag)
    second = start(project, TILES)
    ended = sorted((first, second), key=lambda run: run.process.wait())
    codes = [run.process.returncode for run in ended]
    unclear = ""
    if codes != [0, 1]:
        unclear = f"they ended with {codes}: {first.printed}, {second.printed}"
    elif not ("LockException" in ended[1].said and "--unlock" in ended[1].said):
        unclear = f"why one ended: {ended[1].printed}"
    return _finished(campaign, project, f"the second {lag:.1f} s after the first", unclear)


def _without_locks(campaign: Campaign, project: Project) -> Trial:
    """Let two make the same files, and read these all the time: none may ever be half."""
    runs = [start(project, "--nolock", target) for target in SHARED]
    torn: set[str] = set()
    while any(run.process.poll() is None for run in runs):
        torn |= _torn(campaign, project)
        time.sleep(READ_EVERY)
    codes = [run.process.returncode for run in runs]
    done = project.snakemake(TILES)
    unclear = f"the run afterwards failed: {done.stderr[-300:]}" if done.returncode else ""
    if torn:
        unclear = f"half files were seen: {', '.join(sorted(torn))}"
    moment = f"--nolock, two targets with common files, ended with {codes}"
    return _finished(campaign, project, moment, unclear)


def _torn(campaign: Campaign, project: Project) -> set[str]:
    """Return which files that a reader would find now are not those of the undisturbed run."""
    found = set()
    for path, expected in campaign.compared.items():
        try:
            content = (project.folder / path).read_bytes()
        except FileNotFoundError:
            continue
        if hashlib.sha256(content).hexdigest() != expected:
            found.add(path)
    return found


def _finished(campaign: Campaign, project: Project, moment: str, unclear: str) -> Trial:
    return Trial(
        "two",
        moment,
        differing=campaign.differing(project, present=True),
        rebuilt=tuple(f"{rule} planned again" for rule in project.planned(TILES)),
        leftovers=campaign.leftovers(project),
        unclear=unclear,
    )
