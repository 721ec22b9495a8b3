"""The verdict on a model follows the two baselines, and the page puts it into words."""

from dataclasses import asdict

import pandas as pd
import pytest

from cytoforge.metrics.judgement import Judgement, judge
from cytoforge.metrics.score_tables import Scores
from cytoforge.report.head_part import key_figures, sentence


def _scores(
    lpips: tuple[float, float], frechet: tuple[float, float] | None, f1: float = 0.91
) -> Scores:
    """Scores of generator and class means, with a real F1 of 0.97."""
    series = ("generator", "class_means")
    blank = {"ci_low": None, "ci_high": None, "status": "ok"}
    summary = [
        {"series": s, "metric": "lpips_vgg", "mean": value, **blank}
        for s, value in zip(series, lpips, strict=True)
    ]
    sets = [
        {"series": s, "metric": "vgg16_frechet", "value": value, **blank}
        for s, value in zip(series, frechet or (), strict=False)
    ]
    again = [
        {"image": "all", "series": s, "object": "nuclei", "f1": value, "status": "ok"}
        for s, value in (("generator", f1), ("real", 0.97))
    ]
    empty = pd.DataFrame()
    return Scores(
        "unet", empty, pd.DataFrame(summary), pd.DataFrame(sets), empty, empty,
        pd.DataFrame(again), empty, {},
    )  # fmt: skip


def in_words(found: Judgement) -> str:
    """The sentence that the page makes of the rows of verdicts.csv."""
    rows = [{key: str(value) for key, value in asdict(one).items()} for one in found.evidence]
    return sentence([{**row, "passed": "yes" if row["passed"] == "True" else "no"} for row in rows])


@pytest.mark.parametrize(
    ("lpips", "frechet", "f1", "state", "words"),
    [
        (
            (0.3, 0.5),
            (10.0, 40.0),
            0.91,
            "good",
            "beats the class-means baseline on LPIPS (0.300 vs 0.500)",
        ),
        ((0.3, 0.5), (50.0, 40.0), 0.91, "mixed", "but does not beat the class-means baseline on"),
        ((0.6, 0.5), (50.0, 40.0), 0.91, "bad", "does not beat the class-means baseline on LPIPS"),
        ((0.3, 0.5), (10.0, 40.0), 0.80, "mixed", "nuclei 0.80 (real 0.97, too far below)"),
    ],
)
def test_verdict(
    lpips: tuple[float, float], frechet: tuple[float, float], f1: float, state: str, words: str
) -> None:
    found = judge(_scores(lpips, frechet, f1))
    assert found.state == state
    assert words in in_words(found)


def test_a_collapse_fails_whatever_the_scores() -> None:
    found = judge(_scores((0.3, 0.5), (10.0, 40.0)), "collapsed: outputs vary 0.00 times")
    assert found.state == "bad"
    words = in_words(found)
    assert words.startswith("has collapsed: outputs vary 0.00 times. It beats the class-means")


def test_figures_of_both_sides_are_in_the_sentence() -> None:
    words = in_words(judge(_scores((0.31, 0.52), (10.0, 40.0))))
    assert "(0.310 vs 0.520)" in words
    assert "(10.0 vs 40.0)" in words


def test_metrics_nobody_computed_have_no_column() -> None:
    columns = [column["label"] for column in key_figures([_scores((0.3, 0.5), None)])["columns"]]
    assert columns == ["LPIPS (VGG16)", "Nuclei F1"]


def test_the_best_of_a_column_is_marked() -> None:
    table = key_figures([_scores((0.3, 0.5), None, 0.8), _scores((0.2, 0.5), None, 0.7)])
    marks = [[cell["best"] for cell in row["cells"]] for row in table["rows"]]
    assert marks == [[False, True], [True, False]]
