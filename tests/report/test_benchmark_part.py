"""The part of the page on segmenters: the answer first, then tables, curves, times, failures."""

import pytest

from cytoforge.metrics.segmenter_benchmark.benchmark_files import contest_of_real, image_reader
from cytoforge.metrics.segmenter_benchmark.benchmark_metrics import FINDS_NONE
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark
from cytoforge.report.benchmark_part import answer, benchmark_part, ranks_of_objects
from cytoforge.report.render import render
from cytoforge.report.results import Results
from tests.metrics.segmenter_benchmark import contest as files
from tests.report.test_page import Tree


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory):
    root = files.write_all(tmp_path_factory.mktemp("results"))
    contest = contest_of_real(
        files.segmentations(root, "drawn"),
        files.segmentations(root, "good", "bad"),
        ["good", "bad"],
        objects=["nuclei"],
        outside=files.outside(root),
        regions=files.regions(),
    )
    images = [root / "images" / f"{name}.ome.tif" for name in files.IMAGES]
    told = {"set": "real", "truth": "drawn", "behind": ""}
    skipped = {"foreign": "no weights: set `models_dir`"}
    output = root / "segmenter_benchmarks" / "on_real"
    run_benchmark(contest, image_reader("", images), skipped, told, 0.95, output)
    for name, seconds in (("a", 2.0), ("b", 4.0)):
        path = root / "benchmarks" / "segment" / "good" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\t100\n")
    config = {"benchmarks": {"on_real": {}, "not_run": {}}}
    (only,) = benchmark_part(Results(root, config, ()))
    assert {path.suffix for path in (root / "report" / "figures").iterdir()} == {".svg", ".pdf"}
    return only


def test_it_begins_with_the_answer(block):
    (said,) = block["answers"]
    assert said["text"] == (
        "tool is best for nuclei (F1 1.0; 95 % t interval of 6 images: 1.00 to 1.00),"
        " not significantly different from good (0.93), significantly better than bad (0.37)."
    )
    assert said["state"] == "open"


def rank_row(segmenter: str, value: str, rank: str, alike: str = "") -> dict[str, str]:
    bounds = {"low": value, "high": value, "interval": "95 % t interval of 8 images"}
    own = {"segmenter": segmenter, "value": value, "rank": rank, "not_different_from": alike}
    return {"metric": "f1", "label": "F1", "unit_values": "", **bounds, **own}


def test_who_finds_no_such_objects_has_no_row():
    kind = {"object": "nuclei", "family": "objects", "metric": "f1", "better": "higher", "unit": ""}
    rows = [
        {**rank_row("a", "0.9", "1"), **kind, "description": "", "status": ""},
        {**rank_row("of_cells", "", ""), **kind, "description": "", "status": FINDS_NONE},
    ]
    table = ranks_of_objects(rows, "nuclei", "objects")
    assert [row["name"] for row in table["rows"]] == ["a"]


def test_one_that_is_better_than_all_others_is_called_best():
    said = answer("cells", [rank_row("b", "0.5", "2"), rank_row("a", "0.9", "1")], {})
    assert said["state"] == "yes"
    assert said["text"].endswith("significantly better than b (0.50).")


def test_of_too_few_images_nothing_is_called_better():
    told = {"n_units": 3, "noun": "image"}
    said = answer("cells", [rank_row("a", "0.9", ""), rank_row("b", "0.5", "")], told)
    assert "a has the highest F1 0.90 for cells (then b (0.50))" in said["text"]
    assert "3 images, of which 6 would be needed to say" in said["text"]


def test_objects_and_pixels_have_a_table_each_with_a_row_per_segmenter(block):
    objects, pixels = block["tables"]
    assert [row["name"] for row in objects["rows"]] == ["good", "bad", "tool", "foreign"]
    assert [column["label"] for column in pixels["columns"]][:3] == ["Precision", "Recall", "F1"]
    f1 = objects["rows"][2]["cells"][0]
    assert (f1["text"], f1["rank"]) == ("1.00", "1=")
    assert objects["rows"][3]["cells"][0]["hint"] == "skipped: no weights: set `models_dir`"


def test_time_per_field_is_the_mean_of_the_jobs_that_ran(block):
    assert block["times"] == [{"name": "good", "time": "3.0 s", "sort": "3.0"}]


def test_the_page_shows_it(block):
    page = render({"benchmarks": [block]}, "benchmark.html.j2")
    assert "Where each fails most: nuclei" in page and "3 missed, 1 invented" in page
    assert "whose “AP” is precision" in page
    assert page.count("<caption") == 4 and Tree(page).errors == []
    assert "Skipped, and how to enable" in page and "<code>models_dir</code>" in page
    assert render({"benchmarks": []}, "benchmark.html.j2").strip() == ""
