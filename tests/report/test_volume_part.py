"""The part of the page on volumes: an answer, the tables, and pictures in three planes."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.picture import write_png
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.volumes.over_volumes import SUMMARY_COLUMNS
from cytoforge.metrics.volumes.reslice_distances import RESLICE_COLUMNS
from cytoforge.metrics.volumes.score_volumes import (
    ORGAN_COLUMNS,
    SAMPLE_COLUMNS,
    VOLUME_COLUMNS,
)
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.report.volume_part import volume_part

CONFIG = {"models": {"oasis": {}}, "sets": {"without": {}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "volume_scores/oasis"
    ct = ["ct", 0, "p1"], ["HU", -1024, 3000, 22, 4, 900]
    made = [*ct[0], "made", *ct[1], 45.2, 30.1, 0.91, 0.97, 1.2, 0.99]
    means = [*ct[0], "class means", *ct[1], 61.0, 28.0, 0.85, 0.98, 0.4, ""]
    write_csv(folder / "volumes.csv", VOLUME_COLUMNS, [made, means])
    organs = [
        ["ct", 0, 5, "liver", 500, "HU", 100, 20, 110, 25, 10, 3, 5],
        ["ct", 0, 1, "spleen", 900, "HU", 120, 20, 20, 25, -100, 3, 5],
    ]
    write_csv(folder / "organs.csv", ORGAN_COLUMNS, organs)
    few = ["made", "HU", "mae", 45.2, 40, 50.4, "range of 2 patients", "40 50.4", 2, "patient"]
    write_csv(folder / "summary.csv", SUMMARY_COLUMNS, [few])
    reslices = [
        [plane, series, "vgg16_kernel", value, "", "", "", 8 if value else "", 8, status]
        for plane, value, status in (
            ("axial", 0.5, "ok"),
            ("coronal", 1.5, "ok"),
            ("sagittal", "", "why"),
        )
        for series in ("made", "real against real")
    ]
    write_csv(folder / "reslices.csv", RESLICE_COLUMNS, reslices)
    write_csv(folder / "samples.csv", SAMPLE_COLUMNS, [["ct", "p1", 2, 1, "HU", 12.5]])
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


def test_few_patients_are_named_as_too_few_for_an_interval(folder: Path):
    (block,) = volume_part(Results(folder, CONFIG, ()))
    assert "over 2 patients, too few for an interval (6 have one)" in block["chance"]
    (row,) = block["all"]
    assert row["cells"][0] == {"text": "45.2", "small": "range of 2 patients: 40.0, 50.4"}
    assert block["learned"].startswith("The model has learned from 4 of these 22 slices")


def test_planes_have_a_row_each_and_say_why_where_they_have_no_distance(folder: Path):
    (block,) = volume_part(Results(folder, CONFIG, ()))
    table = block["reslices"]
    assert table["heads"][1] == "VGG16 kernel distance, real against real"
    texts = [[cell["text"] for cell in row["cells"]] for row in table["rows"]]
    assert texts == [["0.500", "0.500"], ["1.50", "1.50"], ["skipped", "skipped"]]
    assert table["skipped"] == "why"


def test_samples_stand_beside_their_distance_from_the_real_volume(folder: Path):
    (block,) = volume_part(Results(folder, CONFIG, ()))
    assert block["samples"] == [("ct", "2", "12.5", "45.2")]


def test_the_page_shows_what_was_found(folder: Path):
    page = render(
        {"volumes": volume_part(Results(folder, CONFIG, ())), "blinded": None},
        "volumes.html.j2",
    )
    assert "range of 2 patients: 40.0, 50.4" in page
    assert "<h4>Along the slices and across them</h4>" in page
    assert "8 and 8 patches" in page and "Why." in page


@pytest.fixture
def mr_page(tmp_path: Path) -> str:
    """Return the part of the page of an MR whose values lie between -5 and 695."""
    folder = tmp_path / "volume_scores/oasis"
    made = ["mr", 0, "p1", "made", "grey values", -5, 695, 22, 4, 900, 35, "", 0.6, "", 1.2, 0.99]
    write_csv(folder / "volumes.csv", VOLUME_COLUMNS, [made])
    organs = [
        ["mr", 0, 5, "liver", 500, "grey values", 100, 20, 107, 25, 7, 3, 5],
        ["mr", 0, 1, "spleen", 900, "grey values", 120, 20, 50, 25, -70, 3, 5],
    ]
    write_csv(folder / "organs.csv", ORGAN_COLUMNS, organs)
    mean = ["made", "grey values", "mae", 35, "", "", "", "", 1, "patient"]
    write_csv(folder / "summary.csv", SUMMARY_COLUMNS, [mean])
    blocks = volume_part(Results(tmp_path, CONFIG, ()))
    return render({"volumes": blocks, "blinded": None}, "volumes.html.j2")


def test_mr_has_no_unit_and_no_columns_that_need_one(mr_page: str):
    assert "HU" not in mr_page and "Hounsfield" not in mr_page
    assert "mean absolute difference, grey values" in mr_page
    assert "PSNR" not in mr_page and "Dice of the body" not in mr_page
    assert "The largest organs, in grey values" in mr_page


def test_values_of_mr_stand_beside_their_range(mr_page: str):
    assert "(mr: −5.00 to 695)" in mr_page
    assert "<small>5 % of the range</small>" in mr_page
    assert "off by at most 10 % of the range of grey values (median 6 %)" in mr_page  # 5.5 %


def test_a_project_without_volumes_has_no_such_part(tmp_path: Path):
    assert volume_part(Results(tmp_path, CONFIG, ())) == []
