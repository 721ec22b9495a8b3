"""The part of the page on drawn label maps: verdicts, pictures, tables with their baselines."""

from pathlib import Path

import pytest

from cytoforge.metrics.map_quality.judge_maps import MapSettings, judge_maps
from cytoforge.metrics.map_quality.write_map_quality import write_map_quality
from cytoforge.report.map_part import map_part
from cytoforge.report.render import render
from cytoforge.report.results import Results
from tests.metrics.map_quality.made_up_maps import CODES, pairs_of_disks
from tests.report.figures import nothing_drawn


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("results")
    train, held = ([pairs_of_disks(seed, (128, 128))] for seed in (20, 30))
    made = [pairs_of_disks(seed) for seed in range(6)]
    quality = judge_maps(made, train, held, CODES, (), MapSettings(side_px=48))
    write_map_quality(root / "map_quality" / "drawn", quality, CODES, 0.95)
    config = {"sets": {"drawn": {"maps_by": "shapes"}, "not_judged": {}}}
    with nothing_drawn():
        (only,) = map_part(Results(Path(root), config, ()))
    return only


def test_the_answer_in_a_sentence_comes_first(block):
    assert block["verdicts"][0]["name"] == "layout"
    assert block["verdicts"][0]["text"].startswith("In ")
    assert {one["answer"] for one in block["verdicts"]} <= {"yes", "no", "cannot be answered"}


def test_tables_have_a_row_per_measure_and_the_baselines_beside(block):
    assert [table["heading"] for table in block["tables"]] == ["Cells", "Nuclei", "Classes"]
    for table in block["tables"]:
        # Nothing perturbs these maps.
        assert table["heads"] == ["drawn maps", "uniform placement", "real against real"]
        assert all(len(row["cells"]) == 3 and len(row["means"]) == 2 for row in table["rows"])
    rows = {row["label"]: row for row in block["tables"][0]["rows"]}
    area = rows["area of cells"]
    assert area["unit"] == "px" and float(area["cells"][0]["sort"]) > 0
    assert area["cells"][0]["interval"].startswith("95 % t interval of 6 maps: ")
    assert rows["pair correlation of cells"]["answer"] == "nearer"


def test_pictures_stand_beside_each_other_at_one_scale(block):
    first = block["strips"][0]
    assert [picture.title for picture in first] == ["real", "drawn maps", "uniform placement"]
    assert {(picture.width, picture.height) for picture in first} == {(96, 96)}


def test_the_page_shows_it_and_nothing_where_no_maps_are_drawn(block):
    page = render({"drawn_maps": [block]}, "map_quality.html.j2")
    assert page.count("<caption") == 4  # three families and the nearest training maps
    assert "by shapes" in page and "6 drawn maps" in page
    assert render({"drawn_maps": []}, "map_quality.html.j2").strip() == ""
