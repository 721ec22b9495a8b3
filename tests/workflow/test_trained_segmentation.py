"""A model of instances and a segmentation by it, added to a finished project: what follows."""

import shutil
from pathlib import Path

import pytest

from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow

FOUND = {
    "model": "unet",
    "dataset": "tiles4",
    "preset": "fast",
    "training": {"widths": [4, 8], "steps": 2},
}


@pytest.fixture
def with_model(finished: Project, tmp_path: Path) -> Project:
    """The finished project, with a model taught by `cells` and a segmentation by that model."""
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    config = copy.config()
    config["models"]["found"] = FOUND
    config["segmentations"]["again"] = {"method": "trained", "model": "found"}
    copy.write_config(config)
    return copy


def test_nothing_but_the_model_itself_is_made(with_model: Project):
    assert with_model.planned() == {"train": {"found"}, "write_report": set()}


def test_its_segmentation_waits_for_the_model(with_model: Project):
    planned = with_model.planned("results/segmentation/again/a.ome.tif")
    assert planned == {"train": {"found"}, "segment_learned": {"again/a"}}


def test_objects_are_written_for_other_programs_where_asked_for(finished: Project):
    planned = finished.planned("results/objects/cells/a.geojson")
    assert planned == {"export_objects": {"cells/a"}}
