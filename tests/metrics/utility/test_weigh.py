"""Tables and answers of utility, of counts that can be checked by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest

from cytoforge.config.utility import UtilityRow
from cytoforge.metrics.utility.answers import answers
from cytoforge.metrics.utility.row_counts import by_name, read_row
from cytoforge.metrics.utility.tile_statistics import statistics_table
from cytoforge.metrics.utility.weigh import FILES, weigh
from tests.metrics.utility.made_up_rows import SETTINGS, write_row, write_rows
from tests.metrics.utility.made_up_tiles import kinds, tile_set


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("utility")
    weigh(write_rows(folder), kinds(), SETTINGS, 0.95, folder / "weighed")
    return folder / "weighed"


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv").set_index("row")


def told(folder: Path) -> dict[str, dict]:
    known = json.loads((folder / "utility.json").read_text())
    return {verdict["name"]: verdict for verdict in known["verdicts"]}


def test_all_files_are_written(folder: Path):
    assert {path.name for path in folder.iterdir()} == set(FILES)


def test_f1_is_that_of_all_objects_and_ap_that_of_all_thresholds(folder: Path):
    real = table(folder, "scores").loc["real_100"]
    assert real["f1"] == pytest.approx(2 * 80 / (2 * 80 + 20))
    # 80 % of the objects at five IoUs of ten, none at the others.
    assert real["ap"] == pytest.approx(0.8 / 2)
    assert real["tp"] == 2 * 3 * 80


def test_few_images_are_shown_one_by_one_and_seeds_beside_them(folder: Path):
    real = table(folder, "scores").loc["real_100"]
    assert real["interval"] == "range of 3 images"
    first = 2 * (76 + 78) / (2 * (76 + 78) + 24 + 22)
    assert float(real["unit_values"].split()[0]) == pytest.approx(first, abs=1e-5)
    assert real["f1_least_seed"] == real["f1_greatest_seed"] == pytest.approx(real["f1"])


def test_the_curve_begins_with_synthetic_images_alone(folder: Path):
    curve = pd.read_csv(folder / "curve.csv")
    mixed = curve[curve["series"] == "real + synthetic 1:1"]
    assert mixed["real"].tolist() == [0, 0.1, 1]
    assert mixed["row"].iloc[0] == "synthetic"
    assert curve[curve["series"] == "real alone"]["real"].tolist() == [0.1, 1]


def test_there_is_a_line_per_image_and_seed(folder: Path):
    images = table(folder, "images").loc["real_10"]
    assert len(images) == 6
    assert images["true_objects"].tolist() == [100] * 6
    assert images.iloc[0]["f1"] == pytest.approx(2 * 36 / (36 + 100))


def test_the_answers_give_their_numbers(folder: Path):
    known = told(folder)
    alone = known["Synthetic alone as good as real"]
    assert alone["passed"] is True
    share = (2 * 76 / 176) / (2 * 80 / 180)
    assert f"is {100 * share:.1f} % of the 0.889" in alone["text"]
    assert known["Real + synthetic 1:1 not worse than real"]["passed"] is True
    assert known["Real + synthetic 1:3 not worse than real"]["passed"] is False
    helps = known["Synthetic images help at 10 % of real"]
    assert helps["passed"] is True
    assert f"by +{2 * 60 / 160 - 2 * 40 / 140:.3f}" in helps["text"]


def test_how_tiles_differ_from_real_ones_is_said(folder: Path):
    tiles = pd.read_csv(folder / "tiles.csv").set_index(["kind", "measure"])
    again = tiles.loc["rerendered", "times_real"]
    assert again["mean in objects"] == pytest.approx(0.5, abs=0.01)
    assert again["objects per Mpx"] == again["median area, px"] == 1
    assert tiles.loc[("real", "objects per Mpx"), "value"] == pytest.approx(5e6 / 96**2)
    known = json.loads((folder / "utility.json").read_text())["differs"]
    assert known["rerendered"].endswith("times that of real tiles")
    assert "0.5" in known["rerendered"]


def test_the_answer_says_whether_images_or_maps_lose(folder: Path):
    answer = json.loads((folder / "utility.json").read_text())["answer"]
    real, made, again = (2 * n / (n + 100) for n in (80, 76, 79))
    assert f"F1 {made:.3f} on real ones, and {real:.3f}" in answer
    assert f"the generated images cost +{real - again:.3f}" in answer
    assert f"the new maps +{again - made:.3f}" in answer


def test_images_that_disagree_leave_the_question_open(tmp_path: Path):
    rows = [
        write_row(tmp_path, UtilityRow(1.0), (80, 80, 80)),
        write_row(tmp_path, UtilityRow(0, "synthetic"), (79, 79, 50)),
    ]
    (verdict,) = answers(by_name([read_row(path) for path in rows]), 0.95, "image")
    assert verdict.passed is None


def test_six_images_give_an_interval(tmp_path: Path):
    rows = [
        write_row(tmp_path, UtilityRow(1.0), (80, 82, 84, 80, 82, 84)),
        write_row(tmp_path, UtilityRow(1.0, "synthetic", 1.0), (82, 84, 86, 82, 84, 85)),
    ]
    (verdict,) = answers(by_name([read_row(path) for path in rows]), 0.95, "image")
    assert verdict.passed is True
    assert "95 % t interval of 6 images: +0.0" in verdict.text


def test_of_a_few_grey_values_there_is_no_ratio():
    """Objects have four grey values, what is outside of them two."""
    dim = {"real": tile_set(0, 1, brightness=0.03), "synthetic": tile_set(0, 1, brightness=0.06)}
    found = statistics_table(dim).set_index(["kind", "measure"]).loc["synthetic"]
    assert found.loc["mean in objects", "times_real"] == pytest.approx(2, abs=0.2)
    outside = found.loc["mean outside"]
    assert outside["value"] * 200 == pytest.approx(outside["grey_values"])  # of the range 0 to 200
    assert pd.isna(outside["times_real"]) and not pd.isna(outside["grey_values"])
    assert pd.isna(found.loc["objects per Mpx", "grey_values"])
    assert found.loc["objects per Mpx", "times_real"] == 1
