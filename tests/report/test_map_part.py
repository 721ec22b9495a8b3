"""The part of the page on drawn label maps: verdicts, pictures, tables with their baselines."""

from pathlib import Path

import pandas as pd
import pytest

from cytoforge.metrics.map_quality.judge_maps import MapSettings, judge_maps
from cytoforge.metrics.map_quality.write_map_quality import write_map_quality
from cytoforge.report.map_part import map_part
from cytoforge.report.map_sources_table import JudgedSet, nearer_sentences
from cytoforge.report.render import render
from cytoforge.report.results import Results
from tests.metrics.map_quality.made_up_maps import CODES, pairs_of_disks
from tests.report.figures import nothing_drawn


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("results")
    train, held = ([pairs_of_disks(seed, (128, 128))] for seed in (20, 30))
    made = [pairs_of_disks(seed) for seed in range(6)]
    quality = judge_maps(made, train, held, CODES, (), MapSettings(side_px=48))
    write_map_quality(root / "map_quality" / "drawn", quality, CODES, 0.95)
    config = {"sets": {"drawn": {"maps_by": "shapes"}, "not_judged": {}}}
    with nothing_drawn():
        return map_part(Results(Path(root), config, ()))


@pytest.fixture(scope="module")
def block(part):
    (only,) = part["blocks"]
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


def test_sources_stand_beside_each_other_above_their_baselines(part):
    rows = part["sources"]["rows"]
    assert [row["name"] for row in rows] == [
        "drawn (shapes)",
        "uniform placement",
        "real against real",
    ]
    assert sum(rows[0]["counts"]) == sum(
        len(table["rows"]) for table in part["blocks"][0]["tables"]
    )
    assert part["sentences"] == []  # nothing to compare with


def test_of_two_sets_the_one_nearer_in_more_measures_stands_first():
    def judged(name: str, values: list[float]) -> JudgedSet:
        table = pd.DataFrame({"measure": ["a", "b", "c"], "series": "made", "value": values})
        return JudgedSet(name, "x", table.assign(family="cells", value_sd=1.0), {}, {})

    (sentence,) = nearer_sentences([judged("far", [2, 3, 0.5]), judged("near", [1, 1, 1])])
    assert sentence.startswith("near (x) is nearer to real maps than far (x) in 2 of 3 measures")


def test_the_page_shows_it_and_nothing_where_no_maps_are_drawn(part):
    page = render({"drawn_maps": part}, "map_quality.html.j2")
    assert page.count("<caption") == 5  # sources, three families, the nearest training maps
    assert "by shapes" in page and "6 drawn maps" in page
    assert map_part(Results(Path("nowhere"), {"sets": {"drawn": {}}}, ())) == {}
    assert render({"drawn_maps": {}}, "map_quality.html.j2").strip() == ""
