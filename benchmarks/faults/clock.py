"""The clock goes back between two runs: results, or inputs, carry times that are still to come.

Simulated by dating files hours ahead, which is what a clock that was put back leaves behind. That
it goes back while a job runs is not tried.
"""

import os
import time
from collections.abc import Iterator

import tifffile

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.scheduler import rebuilt, whole_files
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import Project

HOURS = 6
HALF = "results/tiles/tiles4/manifest.csv"
# What is ahead on a finished project.
AHEAD = {
    "all results": "results/**/*",
    "raw images": "raw/*",
    "images, the first results": "results/images/*",
    "the report, the last result": "results/report/*",
}


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield a trial a situation."""
    for number, (name, pattern) in enumerate(AHEAD.items()):
        if number == 0 or not campaign.short:
            yield _nothing_to_do(campaign, name, pattern)
    yield _changed_after(campaign)
    if not campaign.short:
        yield _half_made(campaign)
        yield _inputs_ahead(campaign)


def _put_ahead(project: Project, pattern: str, hours: float = HOURS) -> None:
    ahead = time.time() + 3600 * hours
    for path in project.folder.glob(pattern):
        os.utime(path, (ahead, ahead))


def _nothing_to_do(campaign: Campaign, name: str, pattern: str) -> Trial:
    """Run a finished project twice; a file that is made again is one too many."""
    project = campaign.finished(f"clock-{name.split()[0]}")
    _put_ahead(project, pattern)
    before = whole_files(project)
    codes = [project.snakemake().returncode for _ in range(2)]
    return Trial(
        "clock",
        f"finished, {name} {HOURS} h ahead",
        differing=campaign.differing(project),
        rebuilt=rebuilt(before, whole_files(project)),
        leftovers=campaign.leftovers(project),
        unclear=f"ended with {codes}" if any(codes) else "",
    )


def _half_made(campaign: Campaign) -> Trial:
    """Make the first half while the clock is ahead, the second once it is right again."""
    project = campaign.fresh("clock-half")
    project.snakemake(HALF)
    _put_ahead(project, "results/**/*")
    before = whole_files(project)
    done = project.snakemake()
    return Trial(
        "clock",
        f"half made, all of it {HOURS} h ahead",
        differing=campaign.differing(project),
        rebuilt=rebuilt(before, whole_files(project)),
        leftovers=campaign.leftovers(project),
        unclear=f"the run failed: {done.stdout[-300:]}" if done.returncode else "",
    )


def _changed_after(campaign: Campaign) -> Trial:
    """Change a raw image now, which is before the times of its results: is it seen?"""
    project = campaign.finished("clock-changed")
    _put_ahead(project, "results/**/*")
    path = project.folder / "raw/a_dna.tif"
    pixels = tifffile.imread(path)
    pixels[0, 0] += 1
    tifffile.imwrite(path, pixels)
    planned = project.planned()
    unclear = "" if planned.get("convert") == {"a"} else f"not noticed; planned: {planned}"
    moment = f"a raw image changed, its results {HOURS} h ahead"
    return Trial("clock", moment, unclear=unclear)


def _inputs_ahead(campaign: Campaign) -> Trial:
    """Begin with raw images that are ahead: the run refuses, and must say why."""
    project = campaign.fresh("clock-begin")
    _put_ahead(project, "raw/*")
    failed = project.snakemake()
    said = failed.stdout + failed.stderr
    named = "ahead of this machine's clock" in said and "raw/a_dna.tif" in said
    _put_ahead(project, "raw/*", hours=0)
    done = project.snakemake()
    return Trial(
        "clock",
        f"nothing made, raw images {HOURS} h ahead",
        differing=campaign.differing(project),
        leftovers=campaign.leftovers(project),
        unclear="" if named and not done.returncode else "which file is ahead of the clock",
        note=f"ended with {failed.returncode}",
    )
