"""Spots in the cells of a finished project: what is made, what stays, and what lies on disk."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.ome import read_image
from cytoforge.spots.spot_file import read_spots
from tests.workflow.tiny_project import Project, read_json

pytestmark = pytest.mark.slow

SETS = {
    "dots": {"spots": {"per_object": 3, "photons": 3000, "background": 0}, "maps": "real"},
    "with_dots": {"sum": ["real", "dots"], "into": {"dots": "actin"}},
}


@pytest.fixture
def with_spots(finished: Project, tmp_path: Path) -> Project:
    """The finished project, with spots in its cells and a channel of their own name."""
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    config = copy.config()
    config["sets"] = {**SETS, "dots": {**SETS["dots"], "spots": {**SETS["dots"]["spots"]}}}
    config["sets"]["dots"]["spots"]["channel"] = "dots"
    copy.write_config(config)
    return copy


def test_nothing_but_spots_sums_and_scores_is_made(with_spots: Project):
    assert with_spots.planned() == {
        "draw_spots": {"dots"},
        "add_sets": {"with_dots"},
        "score_spots": {"dots", "with_dots"},
        "write_report": set(),
    }


def test_spots_are_drawn_added_and_found(with_spots: Project):
    done = with_spots.snakemake("results/spot_scores/with_dots/scores.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    results = with_spots.folder / "results"
    with (results / "sets/with_dots/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == list("abcd")
    folder = results / "sets/with_dots"
    image, spots = read_image(folder / rows[0]["image"]), read_spots(folder / rows[0]["spots"])
    real = read_image(results / "images/a.ome.tif")
    assert image.channels == real.channels
    at = tuple(np.rint(spots.points).astype(int).T)
    assert np.median(image.channel("actin")[at] - real.channel("actin")[at].astype(float)) > 50
    np.testing.assert_array_equal(image.channel("dna"), real.channel("dna"))
    told = read_json(results / "spot_scores/with_dots/spots.json")
    assert told["channel"] == "actin" and told["n_images"] == 4
