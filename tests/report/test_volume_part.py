"""The part of the page on volumes: an answer, the tables, and pictures in three planes."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.picture import write_png
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.volumes.score_volumes import ORGAN_COLUMNS, VOLUME_COLUMNS
from cytoforge.report.results import Results
from cytoforge.report.volume_part import volume_part

CONFIG = {"models": {"oasis": {}}, "sets": {"without": {}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "volume_scores/oasis"
    made = ["ct", 0, "made", 22, 900, 45.2, 30.1, 0.97, 1.2, 0.99]
    means = ["ct", 0, "class means", 22, 900, 61.0, 28.0, 0.98, 0.4, ""]
    write_csv(folder / "volumes.csv", VOLUME_COLUMNS, [made, means])
    organs = [
        ["ct", 0, 5, "liver", 500, 100, 20, 110, 25, 10, 3, 5],
        ["ct", 0, 1, "spleen", 900, 120, 20, 20, 25, -100, 3, 5],
    ]
    write_csv(folder / "organs.csv", ORGAN_COLUMNS, organs)
    write_png(folder / "planes/ct.png", np.zeros((8, 9, 3), np.uint8))
    return tmp_path


def test_it_begins_with_the_answer(folder: Path):
    (block,) = volume_part(Results(folder, CONFIG, ()))
    assert block["answer"] == (
        "Slices go on from one to the next as real ones do (they change 1.20 times as much);"
        " the body's outline follows the labels (Dice 0.970);"
        " the means of 1 of the 2 largest organs are within 60 HU of the real ones."
    )
    assert [row["name"] for row in block["organs"]] == ["spleen", "liver"]
    assert [row["baseline"] for row in block["rows"]] == [False, True]
    assert block["rows"][1]["cells"][-1]["text"] == "–"


def test_a_project_without_volumes_has_no_such_part(tmp_path: Path):
    assert volume_part(Results(tmp_path, CONFIG, ())) == []
