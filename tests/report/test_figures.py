"""Figures read from the tables of the metrics, and their paired resamples."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cytoforge.report.checks_part import turned_back
from cytoforge.report.figures import Resampling, readers
from cytoforge.report.ranking import Figure
from cytoforge.report.ranking_part import ranking_part
from cytoforge.report.results import Results, open_results
from cytoforge.report.run import context, render
from cytoforge.report.scores import Scores, read_scores
from tests.report.made_up import made_up_config, made_up_results

HOW = Resampling(100, 0.95, 1)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two models on one data set."""
    config = made_up_config()
    config["models"]["pix2pix7"]["dataset"] = "tiles4"
    return open_results(made_up_results(tmp_path_factory.mktemp("results")), config)


@pytest.fixture(scope="module")
def scores(results: Results) -> list[Scores]:
    return read_scores(results)


def figures(results: Results, scores: list[Scores], name: str) -> list[Figure]:
    found: dict[str, Any] = {metric.name: read for metric, read in readers(results, scores)}
    return [found[name](one, HOW) for one in scores]


def test_the_mean_of_a_pair_metric_is_that_of_the_summary(results: Results, scores: list[Scores]):
    for one, figure in zip(scores, figures(results, scores, "lpips_vgg"), strict=True):
        assert figure.value == pytest.approx(one.value("lpips_vgg").value)
        assert figure.images == ("field1", "field2")
        low, high = (
            one.pairs[one.pairs["series"] == "generator"]
            .groupby("image")["lpips_vgg"]
            .mean()
            .agg(["min", "max"])
        )
        assert (figure.low, figure.high) == pytest.approx((low, high))


def test_levels_found_again_are_the_mean_of_the_table(results: Results, scores: list[Scores]):
    first, second = figures(results, scores, "controllability")
    assert (first.value, second.value) == pytest.approx((0.7, 0.75))
    assert first.resampled is not None and np.allclose(first.resampled, 0.7)


def test_a_deterministic_generator_has_diversity_0(results: Results, scores: list[Scores]):
    assert [f.value for f in figures(results, scores, "diversity")] == [0, 0.1]


def test_validation_l1_is_that_of_the_kept_step(results: Results, scores: list[Scores]):
    (_, best), *_ = [(m, r) for m, r in readers(results, scores) if m.name == "val_l1"]
    assert best(scores[0], HOW).value == pytest.approx(0.3 / (1 + 190 / 40))


def test_what_nobody_has_is_no_column(results: Results, scores: list[Scores]):
    assert "fid" not in [metric.name for metric, _ in readers(results, scores)]


def test_models_of_one_data_set_are_ranked(results: Results, scores: list[Scores]):
    (group,) = ranking_part(results, scores)["groups"]
    assert group["names"] == ["pix2pix4", "pix2pix7"]
    labels = [column["label"] for column in group["table"]["columns"]]
    rows = {row["name"]: row["cells"] for row in group["table"]["rows"]}
    levels = labels.index("Levels found again")
    assert [rows[name][levels]["rank"] for name in group["names"]] == ["2", "1"]
    assert [budget["title"] for budget in group["budgets"]] == [
        "Equal images seen: about 190",
        "Equal training time: about 1 min 4 s",
    ]
    assert all(budget["all"] for budget in group["budgets"])


def test_the_page_says_what_ranks_mean(results: Results):
    page = render(context(results))
    assert "Generators on tiles4" in page
    assert "“told apart” means little more than that both agree" in page
    assert "deterministic: every sample of a label map is the same image" in page


def test_what_was_skipped_says_why(tmp_path: Path):
    """As where the user's own labels cannot be segmented again and no weights are there."""
    folder = made_up_results(tmp_path)
    reasons = {
        "controllability": "skipped: cannot segment",
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
    page = render(context(open_results(folder, config)))
    for reason in reasons.values():
        assert reason in page
    assert ">nan<" not in page and "nan" not in re.findall(r'd="[^"]*"', page)


def test_models_of_their_own_data_sets_are_not_ranked(results: Results, scores: list[Scores]):
    apart = open_results(results.root, made_up_config())
    assert ranking_part(apart, scores)["groups"] == []


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_a_training_patch_is_turned_back_as_the_test_patch_lies(turns: int, flipped: bool):
    patch = np.arange(9).reshape(1, 3, 3)
    matching = np.rot90(patch, turns, (-2, -1))
    matching = matching[..., ::-1] if flipped else matching
    name = f"{90 * turns}°" + (", flipped" if flipped else "")
    assert (turned_back(matching, name) == patch).all()
