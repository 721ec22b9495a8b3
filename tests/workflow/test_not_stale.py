"""Changes that make nothing stale: all of them at once are one plan, which is to be empty."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.workflow import changes
from tests.workflow.changes import Change, add_code, edit_code, edit_config, edit_table, together
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow

CONFIG = """
from typing import Literal

from cytoforge.config.segmentation import SegmentationBase


class NewConfig(SegmentationBase):
    method: Literal["new"] = "new"


CONFIG = NewConfig
"""

# In this order: a project is moved last, and what changes code takes a clone of it.
ROWS: dict[str, Change] = {
    "touch a raw image": changes.touch_raw,
    "touch every file of the project": changes.touch_everything,
    "rename a well that nothing depends on": edit_table("\tw0", "\tother"),
    "add a column of notes": changes.add_notes,
    "the rows of samples.tsv in another order": changes.other_order,
    "a fresh clone over existing results": changes.clone,
    "another patch release of Python": changes.another_python,
    "a comment in a network": edit_code(
        "cytoforge/networks/unet.py", "# Not in the original.", "# Ours."
    ),
    "a docstring": edit_code("cytoforge/networks/unet.py", "section 6.1.1", "appendix"),
    "what surrounds the work of scripts": edit_code(
        "cytoforge/jobs/job_log.py", '_say(terminal, f"error: {error}")', "pass"
    ),
    "a word in the log of a training": edit_code(
        "cytoforge/training/logs.py", " to go", " remaining"
    ),
    "a word in a log line of the loop": edit_code(
        "cytoforge/training/loop.py", "stopped early", "stopped sooner"
    ),
    "a word in a log line of the scores": edit_code(
        "cytoforge/metrics/run.py", "looking for copies", "searching for copies"
    ),
    "what is said of a mistake in a config": edit_code(
        "cytoforge/config/problems.py", '.rpartition("; ")', '.rpartition(";")'
    ),
    "a word of the model card": edit_code(
        "cytoforge/training/model_card.py", "Scores on test images", "Test scores"
    ),
    "a bound of another model": edit_code(
        "cytoforge/models/oasis/config.py", "4, gt=0, le=1000", "4, gt=1, le=1000"
    ),
    "a bound of spots, which no set has": edit_code(
        "cytoforge/config/spots.py", "1, ge=1, le=1000", "1, ge=1, le=900"
    ),
    "a check of domains, in a file of which data sets need another part": edit_code(
        "cytoforge/split/domains.py", "is of both (", "is in both ("
    ),
    "a sentence about a benchmark's config": edit_code(
        "cytoforge/config/utility_problems.py", "finds no objects; take", "has no objects; take"
    ),
    "how volumes are read": edit_code(
        "cytoforge/images/formats/nifti.py", "voxels of real numbers", "real voxels"
    ),
    "what one of the models compares colours by": edit_code(
        "cytoforge/models/stain_change.py", "0.65, 0.70", "0.66, 0.70"
    ),
    "a bound of another segmentation method": edit_code(
        "cytoforge/segmentation/methods/cellpose/config.py", "0.9, ge=0", "0.9, gt=0"
    ),
    "a new model": add_code(
        "cytoforge/models/new/config.py",
        "from cytoforge.config.training import TrainingConfig\n\nCONFIG = TrainingConfig\n",
    ),
    "a new task": add_code("cytoforge/models/tasks/new.py", "TASK = None\n"),
    "a new segmentation method": add_code("cytoforge/segmentation/methods/new/config.py", CONFIG),
    "a new image format": add_code("cytoforge/images/formats/new.py", 'SIGNATURES = (b"new",)\n'),
    "a model in a folder of plugins": together(
        add_code("plugins/models/mine/config.py", "CONFIG = None\n", of_user=True),
        edit_config("plugins", "plugins"),
    ),
    "move the project": changes.move,
}


@pytest.fixture
def fresh(finished: Project, tmp_path: Path):
    """A function that copies the finished project to a folder of that name."""

    def copied(name: str) -> Project:
        copy = Project(tmp_path / name / "copy", finished.root)
        shutil.copytree(finished.folder, copy.folder, symlinks=True)
        return copy

    return copied


def changed(project: Project, rows: Iterable[str]) -> Project:
    return together(*(ROWS[name] for name in rows))(project)


def test_nothing_is_made_again(fresh):
    if changed(fresh("all"), ROWS).planned():
        # Each alone, to name those that make something stale.
        alone = {name: changed(fresh(f"row{i}"), [name]) for i, name in enumerate(ROWS)}
        assert {name: plan for name, p in alone.items() if (plan := p.planned())} == {}
        pytest.fail("only together do these changes make something stale")


def test_results_copied_to_another_machine_are_not_made_again(fresh):
    # Alone: without Snakemake's records no other change would be seen.
    assert changes.forget_history(fresh("copied")).planned() == {}


@pytest.mark.parametrize(
    ("target", "made"),
    [("write_report", {"score": {"four"}}), ("results/report/index.html", {})],
)
def test_a_named_target_is_made_of_what_is_there_and_a_file_alone(fresh, target, made):
    found = changes.lose("metrics/four/pairs.csv")(fresh("lost")).planned(target)
    assert {rule: of for rule, of in found.items() if rule == "score"} == made
