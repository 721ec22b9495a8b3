"""Utility through the whole workflow: real images against re-rendered ones, on the tiny project."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.once import build_once
from tests.workflow.tiny_project import Project, read_json

pytestmark = pytest.mark.slow

WEIGHED = "results/utility/cells/scores.csv"
BLOCK = {
    "real": "tiles4",
    "rerendered": "again",
    "training": {"widths": [4, 8], "steps": 2, "batch_size": 2, "other_labs": False},
    "seeds": 2,
    "fractions": [0.5],
}


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory, root: Path, finished: Project) -> Project:
    """The finished tiny project, in which a segmenter has learned from three kinds of images."""

    def run(folder: Path) -> None:
        shutil.copytree(finished.folder, folder, symlinks=True, dirs_exist_ok=True)
        project = Project(folder, root)
        config = project.config()
        config["sets"] = {"again": {"images_by": "four", "maps": "real", "split": "train"}}
        config["utility"] = {"cells": BLOCK}
        project.write_config(config)
        done = project.snakemake(WEIGHED)
        assert done.returncode == 0, done.stderr

    return Project(build_once(tmp_path_factory, "utility", run), root)


def test_every_row_is_tested_on_the_real_test_images(weighed: Project):
    scores = pd.read_csv(weighed.folder / WEIGHED)
    assert scores["row"].tolist() == ["real_100", "rerendered", "real_50"]
    regions = pd.read_csv(weighed.folder / "results/split/regions.csv")
    tested = sorted(regions[regions["split"] == "test"]["image"])
    told = read_json(weighed.folder / "results/utility/cells/utility.json")
    assert told["settings"]["images"] == tested
    assert told["settings"]["trainings"] == 6


def test_tiles_of_all_kinds_show_training_regions_alone(weighed: Project):
    for kind in ("real", "rerendered"):
        folder = weighed.folder / "results/utility/cells/tiles" / kind
        assert read_json(folder / "leak_check.json")["passed"]
        assert set(pd.read_csv(folder / "manifest.csv")["split"]) == {"train"}


def test_what_one_row_learns_from_makes_no_other_stale(weighed: Project, tmp_path: Path):
    copy = Project(tmp_path / "copy", weighed.root)
    shutil.copytree(weighed.folder, copy.folder, symlinks=True)
    assert copy.planned(WEIGHED) == {}
    config = copy.config()
    config["utility"]["cells"]["fractions"] = [0.25, 0.5]
    copy.write_config(config)
    assert set(copy.planned(WEIGHED)) == {"train_for_utility", "weigh_utility"}
    assert not (copy.folder / "results/utility/cells/rows/real_25.csv").exists()
