"""Read-only inputs, which must not matter; read-only results, which must be said in one message."""

from collections.abc import Iterator

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.mounts import may_mount, read_only
from benchmarks.faults.trial import Trial

INPUTS = ("raw", "config.yaml", "samples.tsv")
# Of cytoforge for results/, of Snakemake for the outputs of a rule.
MESSAGES = ("not writable", "Write-protected output files")
MODEL = "results/models/four/model.safetensors"


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield a run from read-only inputs, and runs into folders that cannot be written."""
    if not may_mount(campaign.workspace):
        print("readonly  skipped: needs root, and the right to mount")
        return
    yield _outputs(campaign, "results")
    if campaign.short:
        return
    yield _inputs(campaign)
    yield _outputs(campaign, "results/models")
    yield _outputs(campaign, ".")


def _inputs(campaign: Campaign) -> Trial:
    project = campaign.fresh("readonly-inputs")
    with read_only(*(project.folder / name for name in INPUTS)):
        done = project.snakemake()
    return Trial(
        "readonly",
        f"{', '.join(INPUTS)}",
        differing=campaign.differing(project),
        leftovers=campaign.leftovers(project),
        unclear=done.stderr[-300:] if done.returncode else "",
    )


def _outputs(campaign: Campaign, where: str) -> Trial:
    """Have something to do in a folder that cannot be written; then be able to."""
    project = campaign.finished(f"readonly-{where.replace('/', '-').replace('.', 'project')}")
    target = campaign.target if campaign.short else MODEL
    (project.folder / target).unlink()
    with read_only(project.folder / where):
        failed = project.snakemake(target)
    said = failed.stderr + failed.stdout
    (campaign.workspace / f"{project.folder.name}.txt").write_text(said)
    if not failed.returncode or not any(words in said for words in MESSAGES):
        unclear = "that the folder cannot be written"
    elif "Traceback" in said:
        unclear = "a traceback"
    else:
        unclear = ""
    again = project.snakemake(target)
    return Trial(
        "readonly",
        f"{where}, with {target} to make",
        differing=campaign.differing(project),
        leftovers=campaign.leftovers(project),
        unclear=again.stderr[-300:] if again.returncode else unclear,
    )
