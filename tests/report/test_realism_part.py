"""The measures of realism on the page, and the page for a blinded reader."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from cytoforge.metrics.score_tables import read_scores
from cytoforge.report.blinded import answer_key, blinded_pages, drawn_crops, exact_intervals
from cytoforge.report.realism_part import realism_part
from cytoforge.report.results import open_results
from tests.report.made_up import made_up_config, made_up_results


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory):
    return open_results(made_up_results(tmp_path_factory.mktemp("made up")), made_up_config())


def all_scores(results):
    return [read_scores(name, results.scores_folder(name)) for name in results.models]


@pytest.mark.usefixtures("empty_figures")
def test_every_measure_stands_beside_baselines_and_two_real_sets(results):
    part = realism_part(results, all_scores(results), ["pix2pix4"])
    name, table = part["tables"][0]
    assert name == "pix2pix4"
    assert table["heads"] == ["synthetic", "class means", "two real sets"]
    rows = {row["label"]: [cell["text"] for cell in row["cells"]] for row in table["rows"]}
    assert rows["Precision"] == ["0.250", "0.125", "1.00"]
    assert list(rows)[:5] == [
        *("Precision", "Recall", "Density", "Coverage"),
        "Patch classifier, right",
    ]
    assert not any("blurred" in label for label in rows)
    assert part["blinded"] == [("pix2pix4", "blinded/pix2pix4.html")]


@pytest.mark.usefixtures("empty_figures")
def test_a_distance_is_told_as_a_blur_of_real_images(results):
    _, table = realism_part(results, all_scores(results))["doses"][0]
    rows = {row["label"]: [cell["text"] for cell in row["cells"]] for row in table["rows"]}
    generator, flat, real = (rows["VGG16 Fréchet distance"][k : k + 2] for k in (0, 2, 4))
    assert (generator[1], flat[1], real[1]) == ("0.2 px", "> 8 px", "1.0 px")
    assert "FID" not in rows  # its weights are missing


def test_half_of_the_crops_are_real_and_no_place_is_shown_twice():
    places = pd.DataFrame({"image": "a", "row": range(99), "col": 0})
    crops = drawn_crops(places, 1, "model")
    assert len(crops) == 40
    assert crops["made"].sum() == 20
    assert crops["row"].is_unique
    assert crops["made"].tolist() != sorted(crops["made"])
    assert drawn_crops(places, 1, "model").equals(crops)
    assert not drawn_crops(places, 2, "model").equals(crops)
    assert len(drawn_crops(places[:7], 1, "model")) == 6


def test_the_key_holds_the_answers_and_does_not_show_them():
    made = np.arange(40) % 3 == 0
    key = answer_key(made, 1, "model")
    assert [byte & 1 for byte in base64.b64decode(key)] == made.astype(int).tolist()
    assert len(set(base64.b64decode(key))) > 20  # not two characters for two answers


@pytest.mark.parametrize(("right", "n"), [(0, 10), (7, 10), (31, 40), (40, 40)])
def test_the_interval_is_exact(right: int, n: int):
    """Clopper and Pearson: quantiles of beta distributions, 0 and 1 at the ends."""
    low = beta.ppf(0.025, right, n - right + 1) if right else 0
    high = beta.ppf(0.975, right + 1, n - right) if right < n else 1
    assert exact_intervals(n)[right] == pytest.approx((low, high), abs=1e-4)


def test_the_page_holds_all_it_needs_and_names_no_source(results, tmp_path: Path):
    pages = blinded_pages(results, all_scores(results))
    assert list(pages) == results.models
    page = pages["pix2pix4"]
    pictures = re.findall(r'<img src="(data:image/webp;base64,[^"]+)" [^>]+>', page)
    found = re.search(r"const data = (\{.*\});", page)
    assert found is not None
    data = json.loads(found[1])
    assert len(set(pictures)) == len(pictures) == len(data["intervals"]) - 1
    key = base64.b64decode(data["key"])
    assert sum(byte & 1 for byte in key) == len(pictures) / 2
    text = re.sub(r"data:image/[^\"]+", "", page)
    assert not any(image in text for image in results.images)
    assert "://" not in text
    assert pages == blinded_pages(results, all_scores(results))
