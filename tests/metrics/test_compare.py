"""Models compared: estimates read from the tables of scores, and the tables made of them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.compare import compare
from cytoforge.metrics.estimates import Subject, readers
from cytoforge.metrics.ranking import Estimate
from cytoforge.report.ranking_part import ranking_part
from cytoforge.report.results import Results, open_results
from cytoforge.report.run import context, render
from tests.report.made_up import compare_models, made_up_config, made_up_results, subjects

CONFIDENCE = 0.95


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two models on one data set."""
    config = made_up_config()
    config["models"]["pix2pix7"]["dataset"] = "tiles4"
    folder = made_up_results(tmp_path_factory.mktemp("results"), config=config)
    return open_results(folder, config)


@pytest.fixture(scope="module")
def models(results: Results) -> list[Subject]:
    return subjects(results.root, results.config)


def estimates(models: list[Subject], name: str) -> list[Estimate]:
    found: dict[str, Any] = {metric.name: read for metric, read in readers(models)}
    return [found[name](one, CONFIDENCE) for one in models]


def test_the_mean_of_a_pair_metric_is_that_of_the_summary(models: list[Subject]):
    for one, estimate in zip(models, estimates(models, "lpips_vgg"), strict=True):
        assert estimate.value == pytest.approx(one.scores.value("lpips_vgg").value)
        assert estimate.units == ("field1", "field2")
        low, high = (
            one.scores.pairs[one.scores.pairs["series"] == "generator"]
            .groupby("image")["lpips_vgg"]
            .mean()
            .agg(["min", "max"])
        )
        assert (estimate.bounds.low, estimate.bounds.high) == pytest.approx((low, high))


def test_label_fidelity_is_the_mean_of_the_table(models: list[Subject]):
    first, second = estimates(models, "label_fidelity")
    assert (first.value, second.value) == pytest.approx((0.7, 0.75))
    assert first.bounds.unit_values == pytest.approx((0.7, 0.7))


def test_a_deterministic_generator_has_diversity_0(models: list[Subject]):
    assert [e.value for e in estimates(models, "diversity")] == [0, 0.1]


def test_validation_l1_is_that_of_the_kept_step(models: list[Subject]):
    assert estimates(models, "val_l1")[0].value == pytest.approx(0.3 / (1 + 190 / 40))


def test_what_nobody_has_is_no_metric(models: list[Subject]):
    assert "fid" not in [metric.name for metric, _ in readers(models)]


@pytest.mark.usefixtures("empty_figures")
def test_models_are_not_ranked_on_two_images(results: Results):
    (group,) = ranking_part(
        results, [one.scores for one in subjects(results.root, results.config)]
    )["groups"]
    assert group["names"] == ["pix2pix4", "pix2pix7"]
    labels = [column["label"] for column in group["table"]["columns"]]
    rows = {row["name"]: row["cells"] for row in group["table"]["rows"]}
    fidelity = labels.index("Label fidelity")
    assert [rows[name][fidelity]["text"] for name in group["names"]] == ["0.700", "0.750"]
    assert not any(cell["rank"] for cells in rows.values() for cell in cells)
    assert not any(pair["significant"] for pair in group["pairs"])
    assert [budget["title"] for budget in group["budgets"]] == [
        "Equal images seen: about 190",
        "Equal training time: about 1 min 4 s",
    ]
    assert all(budget["all"] for budget in group["budgets"])


def test_the_table_has_values_in_full_of_models_images_and_both_baselines(results: Results):
    rows = {(row["metric"], row["model"]): row for row in results.comparison("ranking")}
    row = rows["label_fidelity", "pix2pix4"]
    assert [row[key] for key in ("dataset", "better", "rank")] == ["tiles4", "higher", ""]
    assert (row["interval"], row["unit_values"]) == ("range of 2 images", "0.7 0.7")
    found = [float(row[key]) for key in ("value", "class_means", "real")]
    assert found == pytest.approx([0.7, 0.8, 0.9])
    assert float(rows["copies", "pix2pix4"]["chance"]) == 5
    assert rows["mean_rank", "pix2pix4"]["value"] == ""


def test_the_same_scores_give_the_same_tables(results: Results, tmp_path: Path):
    compare(subjects(results.root, results.config), CONFIDENCE, tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (results.root / "comparison" / path.name).read_bytes()


@pytest.mark.usefixtures("empty_figures")
def test_the_page_says_why_there_are_no_ranks(results: Results):
    page = render(context(results))
    assert "Generators on tiles4" in page
    assert "No ranks: 2 test images." in page
    assert "range of 2 images: 0.700, 0.700" in page
    assert "not significantly different" not in page
    assert "deterministic: every sample of a label map is the same image" in page


@pytest.mark.usefixtures("empty_figures")
def test_what_was_skipped_says_why(tmp_path: Path):
    """As where the user's own labels cannot be segmented again and no weights are there."""
    folder = made_up_results(tmp_path)
    reasons = {
        "label_fidelity": "skipped: cannot segment",
        "memorisation": "skipped: no VGG16",
        "diversity": "skipped: no LPIPS",
    }
    for one in ("pix2pix4", "pix2pix7"):
        for table, reason in reasons.items():
            path = folder / "metrics" / one / f"{table}.csv"
            columns = pd.read_csv(path, nrows=0).columns
            row = {"series": "generator", "image": "all", "code": -1, "name": "mean of levels",
                   "metric": "lpips_vgg", "status": reason}  # fmt: skip
            pd.DataFrame([row]).reindex(columns=columns).to_csv(path, index=False)
    config = made_up_config()
    config["models"]["pix2pix7"]["dataset"] = "tiles4"
    for one in ("pix2pix4", "pix2pix7"):
        scores = json.loads((folder / "metrics" / one / "scores.json").read_text())
        scores["verdicts"] = []
        (folder / "metrics" / one / "scores.json").write_text(json.dumps(scores))
    compare_models(folder, config)
    page = render(context(open_results(folder, config)))
    for reason in reasons.values():
        assert reason in page
    assert ">nan<" not in page and "nan" not in re.findall(r'd="[^"]*"', page)


def test_models_of_their_own_data_sets_are_not_compared(results: Results, tmp_path: Path):
    compare(subjects(results.root, made_up_config()), CONFIDENCE, tmp_path)
    assert len((tmp_path / "ranking.csv").read_text().splitlines()) == 1
    assert len((tmp_path / "costs.csv").read_text().splitlines()) == 3


def test_from_six_images_on_models_are_ranked(tmp_path: Path):
    random = np.random.default_rng(0)
    fields = {f"field{k}": random.random((2, 64, 96)) for k in range(6)}
    config = made_up_config()
    config["models"]["pix2pix7"]["dataset"] = "tiles4"
    folder = made_up_results(tmp_path, fields, config)
    rows = {
        (row["metric"], row["model"]): row
        for row in open_results(folder, config).comparison("ranking")
    }
    fidelity = [rows["label_fidelity", name] for name in ("pix2pix4", "pix2pix7")]
    assert [row["rank"] for row in fidelity] == ["2", "1"]
    assert fidelity[0]["interval"] == "95 % t interval of 6 images"
    # Sets have no interval below ten images, validation has none at all.
    assert rows["vgg16_frechet", "pix2pix4"]["rank"] == rows["val_l1", "pix2pix4"]["rank"] == ""


def test_slices_of_one_patient_are_one_unit(models: list[Subject]):
    (one, *_) = models
    pairs = one.scores.pairs.assign(group="patient1")
    scores = replace(one.scores, pairs=pairs)
    (read,) = [read for metric, read in readers(models) if metric.name == "lpips_vgg"]
    assert read(replace(one, scores=scores), CONFIDENCE).units == ("patient1",)
