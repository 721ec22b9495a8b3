"""What is asked once per rule, and not of every job, changes neither a plan nor its words."""

import re
from pathlib import Path

import pytest

from tests.workflow.tiny_project import IMAGES, Project

pytestmark = pytest.mark.slow


def jobs_by_rule(output: str) -> dict[str, int]:
    """Return how many jobs of each rule the table of a plan has."""
    return {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", output, re.M)}


def test_a_plan_that_is_not_shown_has_the_same_jobs(project: Project):
    shown = project.snakemake("--dry-run")
    quiet = project.snakemake("--dry-run", "--quiet", "rules")
    assert jobs_by_rule(quiet.stdout)["convert"] == len(IMAGES)
    assert jobs_by_rule(quiet.stdout) == jobs_by_rule(shown.stdout)
    # Every job of one rule is described by its own wildcards.
    for image in IMAGES:
        assert f"Reading image {image}\n" in shown.stdout
        assert f"Segmenting {image} (cells)\n" in shown.stdout
    assert "Reading image" not in quiet.stdout


OUTPUTS = """
include: "{rules}/planning.smk"
rule folder:
    output: directory("made"), "made/notes.txt"
rule within:
    output: "{within}"
"""


@pytest.mark.parametrize(("within", "refused"), [("made/a/one.txt", True), ("made_b.txt", False)])
def test_an_output_within_the_folder_of_another_job_is_refused(
    project: Project, tmp_path: Path, within: str, refused: bool
):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(OUTPUTS.format(rules=project.root / "rules", within=within))
    done = project.snakemake("--dry-run", "made", within, snakefile=snakefile)
    assert (done.returncode != 0) == refused
    assert ("is a child to another output" in done.stdout + done.stderr) == refused
