"""The verdict on a model follows the two baselines, and the page puts it into words."""

from dataclasses import asdict, replace

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
    blank = {"status": "ok"}
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
        ((0.3, 0.5), (10.0, 40.0), 0.80, "mixed", "nuclei 0.800 (real 0.970, too far below)"),
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
    columns = [
        column["label"] for column in key_figures([_scores((0.3, 0.5), None)], ["tiles"])["columns"]
    ]
    assert columns == ["LPIPS (VGG16)", "Nuclei F1"]


def _with_f1(f1: float, half_width: float, interval: str = "95 % t interval of 8 images") -> Scores:
    scores = _scores((0.3, 0.5), None, f1)
    bounds = {"low": f1 - half_width, "high": f1 + half_width, "interval": interval}
    values = "" if "t interval" in interval else f"{f1 - half_width} {f1 + half_width}"
    table = scores.resegmentation.assign(**bounds, unit_values=values or None)
    return replace(scores, resegmentation=table)


@pytest.mark.parametrize(
    ("half_width", "interval", "datasets", "marks"),
    [
        (0.04, "95 % t interval of 8 images", ["tiles", "tiles"], [True, False]),
        (0.06, "95 % t interval of 8 images", ["tiles", "tiles"], [False, False]),
        (0.04, "95 % t interval of 8 images", ["tiles4", "tiles9"], [False, False]),
        (0.04, "range of 2 images", ["tiles", "tiles"], [False, False]),
    ],
)
def test_the_best_is_marked_where_equal_inputs_and_intervals_apart_allow_it(
    half_width: float, interval: str, datasets: list[str], marks: list[bool]
) -> None:
    scores = [_with_f1(f1, half_width, interval) for f1 in (0.8, 0.7)]
    table = key_figures(scores, datasets)
    f1 = [column["label"] for column in table["columns"]].index("Nuclei F1")
    assert [row["cells"][f1]["best"] for row in table["rows"]] == marks


def test_the_small_print_says_which_of_the_two_it_is() -> None:
    scores = [_with_f1(0.8, 0.04), _with_f1(0.7, 0.04, "range of 2 images")]
    prints = [row["cells"][-1]["interval"] for row in key_figures(scores, ["t", "t"])["rows"]]
    assert prints == [
        "95 % t interval of 8 images: 0.760 to 0.840",
        "range of 2 images: 0.660, 0.740",
    ]
