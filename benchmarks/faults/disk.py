"""Disk full at each stage: results/ on a small disk of its own, or the whole project on one.

One rule's outputs are removed from a finished project and a file of ballast takes the free space:
the run must fail in that rule and say why, and finish once the ballast is gone.
"""

from collections.abc import Iterator
from subprocess import CompletedProcess

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.mounts import fill, may_mount, small_disk
from benchmarks.faults.scheduler import outputs_by_rule, rebuilt, whole_files
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import Project

Completed = CompletedProcess[str]

MEGABYTES = 64
# For Snakemake's own records, when they lie on the same disk: its log, locks and copy of a script.
RECORDS = 160_000
MESSAGE = "No space left on device"
SHORT = ("segment",)


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield, per rule, a trial with nothing free, one with room for half of its outputs, and, of
    rules with large outputs, one with the whole project on the full disk."""
    if not may_mount(campaign.workspace):
        print("disk      skipped: needs root, and the right to mount")
        return
    for rule, outputs in outputs_by_rule(campaign.undisturbed).items():
        if campaign.short and rule not in SHORT:
            continue
        size = sum((campaign.undisturbed.folder / path).stat().st_size for path in outputs)
        yield _trial(campaign, rule, outputs, "results", 0)
        if not campaign.short:
            yield _trial(campaign, rule, outputs, "results", size // 2)
        if not campaign.short and size > 2 * RECORDS:
            yield _trial(campaign, rule, outputs, ".", RECORDS)


def _trial(campaign: Campaign, rule: str, outputs: list[str], where: str, free: int) -> Trial:
    name = f"disk-{rule}-{free}-{len(where)}"
    with small_disk(campaign.workspace / name / where, MEGABYTES) as disk:
        project = campaign.finished(name)
        for path in outputs:
            (project.folder / path).unlink()
        before = whole_files(project)
        ballast = fill(disk, free)
        failed = project.snakemake(*outputs)
        ballast.unlink()
        half = campaign.differing(project, present=True)
        left = campaign.leftovers(project)
        again = project.snakemake(*outputs)
        return Trial(
            "disk",
            f"{rule}, {'results/' if where != '.' else 'project'} with {free} bytes free",
            differing=(*half, *campaign.differing(project)),
            rebuilt=rebuilt(before, whole_files(project)),
            leftovers=(*left, *campaign.leftovers(project)),
            unclear=_unclear(project, rule, failed, again),
            note="" if failed.returncode else "did not fail",
        )


def _unclear(project: Project, rule: str, failed: Completed, again: Completed) -> str:
    """Return what is missing in what was said."""
    said = failed.stderr + failed.stdout
    project.folder.with_name(f"{project.folder.name}.txt").write_text(said)
    if failed.returncode and MESSAGE not in said:
        return f"no '{MESSAGE}'"
    if failed.returncode and f"Error in rule {rule}" not in said:
        return "which rule failed"
    if "Traceback" in said:
        return "a traceback"
    return f"the run after it failed: {again.stderr[-300:]}" if again.returncode else ""
