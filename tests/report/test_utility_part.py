"""The part of the page on utility: the answers first, the curve, and the table."""

from pathlib import Path

import pytest

from cytoforge.metrics.utility.weigh import weigh
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.report.utility_part import utility_part
from tests.metrics.utility.made_up_rows import SETTINGS, write_rows
from tests.metrics.utility.made_up_tiles import kinds, tile_set

CONFIG = {"utility": {"cells": {}, "not_made": {}}}
DIM = {"real": 0.03, "synthetic": 0.06, "rerendered": 0.06}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    root = tmp_path_factory.mktemp("results")
    weigh(write_rows(root), kinds(), SETTINGS, 0.95, root / "utility" / "cells")
    return Results(root, CONFIG, ())


@pytest.fixture(scope="module")
def block(results: Results):
    (only,) = utility_part(results)
    return only


def test_answers_come_first_and_say_what_is_not_known(block):
    first = block["verdicts"][0]
    assert (first["name"], first["state"]) == ("Synthetic alone as good as real", "yes")
    assert not block["by_hand"]


def test_every_row_stands_beside_training_on_real_images(block):
    names = [row["name"] for row in block["rows"]]
    assert names[:3] == ["real", "synthetic, new maps", "real maps, re-rendered"]
    assert [row["baseline"] for row in block["rows"]] == [True, *[False] * 6]
    mixed = block["rows"][3]
    assert (mixed["real_tiles"], mixed["other_tiles"], mixed["real_mpx"]) == ("40", "30", "1.00")
    assert mixed["ahead"]["small"].startswith("range of 3 images: ")
    assert block["rows"][0]["ahead"] == {"text": "–", "small": ""}
    assert block["each"] == "3.0 s"


def test_the_curve_is_written_as_a_figure(results: Results, block):
    svg = (results.figures / "utility_cells.svg").read_text()
    for words in ("real alone", "real + synthetic 1:1", "real maps, re-rendered"):
        assert words in svg
    assert (results.figures / "utility_cells.pdf").is_file()
    assert block["curve"].startswith("<svg")


def test_the_same_results_give_the_same_curve(results: Results, block):
    (again,) = utility_part(results)
    assert again["curve"] == block["curve"]


def test_a_config_without_utility_has_no_part(results: Results):
    assert utility_part(Results(results.root, {}, ())) == []


def test_the_page_shows_it(block):
    page = render({"utility": [block]}, "utility.html.j2")
    assert page.count("<caption") == 2
    assert "What differs most in rerendered tiles" in page
    places = [page.index(text) for text in ("images alone reaches", "worse than real", "<table")]
    assert places == sorted(places)
    assert "not what people have drawn" in page
    assert render({"utility": []}, "utility.html.j2").strip() == ""


def test_dim_ground_stands_in_grey_values(tmp_path: Path):
    """Of a ground of one grey value no ratio is shown."""
    dim = {name: tile_set(0, 1, brightness=factor) for name, factor in DIM.items()}
    weigh(write_rows(tmp_path), dim, SETTINGS, 0.95, tmp_path / "utility" / "cells")
    (block,) = utility_part(Results(tmp_path, CONFIG, ()))
    cells = {row["name"]: [one["small"] for one in row["cells"]] for row in block["tiles"]["rows"]}
    assert all(text.endswith(" grey values") for text in cells["mean outside grey"])
    assert cells["mean in objects grey"][0] == "" and cells["mean in objects grey"][1][0] == "×"
