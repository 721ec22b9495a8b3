"""The verdict on a model follows the two baselines, and the page puts it into words."""

from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import pytest

from cytoforge.metrics.found_again import FoundAgain
from cytoforge.metrics.judgement import Judgement, judge
from cytoforge.metrics.score_tables import Scores
from cytoforge.report.head_part import key_figures, verdict

TRIVIAL = ("class_means", "grainy_means")
# Near two real sets in everything; real F1 0.97, precision and recall of two real sets 0.9.
NEAR_REAL = {
    "lpips": {"generator": 0.2, "class_means": 0.5, "grainy_means": 0.4, "real_vs_real": 0.6},
    "frechet": {"generator": 60, "class_means": 800, "grainy_means": 350, "real_vs_real": 50},
    "f1": {"generator": 0.95, "real": 0.97},
    "f1_80": {"generator": 0.90, "real": 0.96},
    "precision": {"generator": 0.8, "real_vs_real": 0.9},
    "recall": {"generator": 0.8, "real_vs_real": 0.9},
}
Known = dict[str, dict[str, float]]


def scores_of(known: Known) -> Scores:
    """Scores of one model with nuclei, from values by series."""
    summary = [{"series": s, "metric": "lpips_vgg", "mean": v, "status": "ok"}
               for s, v in known.get("lpips", {}).items()]  # fmt: skip
    sets = [{"series": s, "metric": "vgg16_frechet", "value": v, "status": "ok"}
            for s, v in known.get("frechet", {}).items()]  # fmt: skip
    strict = known.get("f1_80", {})
    again = [{"image": "all", "series": s, "object": "nuclei", "f1": v,
              "f1_80": strict.get(s), "status": "ok"}
             for s, v in known.get("f1", {}).items()]  # fmt: skip
    realism = [{"measure": m, "series": s, "value": v, "status": "ok"}
               for m in ("precision", "recall") for s, v in known.get(m, {}).items()]  # fmt: skip
    empty = pd.DataFrame()
    return Scores(
        "unet", empty, pd.DataFrame(summary), pd.DataFrame(sets), empty, empty,
        pd.DataFrame(again), empty, {}, realism=pd.DataFrame(realism),
    )  # fmt: skip


def changed(metric: str, value: float | None, series: str = "generator") -> Scores:
    """The scores of a model near real but for one value, or without it."""
    rest = {name: v for name, v in NEAR_REAL[metric].items() if name != series}
    return scores_of({**NEAR_REAL, metric: rest if value is None else {**rest, series: value}})


def _scores(lpips: tuple[float, float], frechet: None, f1: float = 0.91) -> Scores:
    """Scores of generator and class means alone, with a real F1 of 0.97."""
    by_series = dict(zip(("generator", "class_means"), lpips, strict=True))
    return scores_of({"lpips": by_series, "f1": {"generator": f1, "real": 0.97}})


def test_near_two_real_sets_in_everything_is_usable() -> None:
    found = judge(scores_of(NEAR_REAL))
    assert found.grade == "usable"
    assert {one.passed for one in found.reasons} == {True}


@pytest.mark.parametrize(
    ("metric", "value", "grade", "text"),
    [
        # Beats class means, as an image of three lines does, and not the lines themselves.
        ("lpips", 0.45, "not usable", "LPIPS 0.45, of class means blurred, with grain 0.4"),
        (
            "frechet",
            400,
            "not usable",
            "of class means blurred, with grain 350; it has to be lower",
        ),
        ("f1", 0.86, "not usable", "F1 of nuclei at IoU 0.5 0.860, of the real image segmented"),
        ("frechet", 100, "better than class means", "closes 0.83 of the gap"),
        ("f1_80", 0.34, "better than class means", "IoU 0.8 0.340, of the real image segmented"),
        ("precision", 0.05, "better than class means", "Precision 0.05, of two real sets 0.90"),
        ("recall", 0.05, "better than class means", "a usable model has to reach 0.72"),
    ],
)
def test_one_miss_lowers_the_grade_and_says_so(
    metric: str, value: float, grade: str, text: str
) -> None:
    found = judge(changed(metric, value))
    missed = [one.text for one in found.reasons if one.passed is False]
    assert found.grade == grade
    assert any(text in sentence for sentence in missed), missed


def test_worse_than_an_unrelated_real_patch_is_not_usable() -> None:
    """As of two pages that said "passes": LPIPS 0.684 where an unrelated patch has 0.571."""
    lpips = {"generator": 0.684, "class_means": 0.8, "grainy_means": 0.75, "real_vs_real": 0.571}
    found = judge(scores_of({**NEAR_REAL, "lpips": lpips}))
    assert found.grade == "not usable"
    (reason,) = [one for one in found.reasons if one.passed is False]
    assert reason.text == "LPIPS 0.684, of unrelated real patches 0.571; it has to be lower"


def test_nine_times_the_distance_of_two_real_sets_is_not_usable_as_real() -> None:
    frechet = {"generator": 241, "class_means": 789, "grainy_means": 343, "real_vs_real": 27}
    found = judge(scores_of({**NEAR_REAL, "frechet": frechet}))
    assert found.grade == "better than class means"


@pytest.mark.parametrize("metric", ["lpips", "frechet", "f1", "f1_80", "precision", "recall"])
def test_what_was_never_measured_does_not_count_as_passed(metric: str) -> None:
    found = judge(changed(metric, None))
    assert found.grade == "not judged"
    assert any("could not be judged" in one.text for one in found.reasons if one.passed is None)


@pytest.mark.parametrize("series", TRIVIAL)
def test_both_trivial_baselines_are_needed(series: str) -> None:
    assert judge(changed("lpips", None, series)).grade == "not judged"


def test_a_miss_is_certain_whatever_else_is_unknown() -> None:
    known = {**NEAR_REAL, "precision": {}, "lpips": {**NEAR_REAL["lpips"], "generator": 0.7}}
    assert judge(scores_of(known)).grade == "not usable"
    known = {**NEAR_REAL, "precision": {}, "f1_80": {"generator": 0.3, "real": 0.96}}
    assert judge(scores_of(known)).grade == "better than class means"


def test_without_any_score_nothing_is_judged() -> None:
    assert judge(scores_of({})).grade == "not judged"


@pytest.mark.parametrize(
    ("made", "real", "grade"),
    [(0.81, 0.9, "usable"), (0.79, 0.9, "not usable"), (None, None, "not judged")],
    ids=["as on real images", "worse", "not even on real images"],
)
def test_labels_found_again_stand_in_for_objects(
    made: float | None, real: float | None, grade: str
) -> None:
    known = {name: v for name, v in NEAR_REAL.items() if name not in ("f1", "f1_80")}
    found = judge(replace(scores_of(known), found_again=FoundAgain("organs", 2, made, real)))
    assert found.grade == grade
    assert "labels that organs finds" in next(
        one.text for one in found.reasons if one.metric == "found_again"
    )


def test_a_collapse_is_not_usable_whatever_the_scores() -> None:
    found = judge(scores_of(NEAR_REAL), "collapsed: outputs vary 0.00 times")
    assert found.grade == "not usable"
    words = page_verdict(found)
    assert words["reasons"] == ["It has collapsed: outputs vary 0.00 times"]


def page_verdict(found: Judgement) -> dict[str, Any]:
    """What the page makes of the rows of verdicts.csv."""
    told = {True: "yes", False: "no", None: ""}
    rows = [{**asdict(one), "passed": told[one.passed]} for one in found.reasons]
    return verdict([{**{k: str(v) for k, v in row.items()}, "grade": found.grade} for row in rows])


def test_the_page_gives_the_grade_and_what_was_missed() -> None:
    words = page_verdict(judge(changed("f1_80", 0.34)))
    assert (words["grade"], words["state"]) == ("better than class means", "mixed")
    assert "both trivial baselines" in words["sentence"]
    assert words["reasons"] == [
        "F1 of nuclei at IoU 0.8 0.340, of the real image segmented alike 0.960; it may be 0.10"
        " lower"
    ]


def test_the_page_shows_the_share_of_the_gap_that_is_closed() -> None:
    table = key_figures([changed("frechet", 100)], ["tiles"])
    labels = [column["label"] for column in table["columns"]]
    share = dict(zip(labels, (cell["text"] for cell in table["gap"][0]["cells"]), strict=True))
    assert share["VGG16 Fréchet distance"] == "0.833"  # (350 - 100) / (350 - 50)
    assert share["LPIPS (VGG16)"] == "–"  # unrelated real patches are farther than flat grey


@pytest.mark.parametrize(("patches", "beside"), [(40, True), (4000, False)])
def test_of_few_patches_the_kernel_distance_stands_beside_frechets(
    patches: int, beside: bool
) -> None:
    scores = scores_of(NEAR_REAL)
    kernel = scores.sets.assign(metric="vgg16_kernel", value=0.5)
    sets = pd.concat([scores.sets, kernel]).assign(n_real=patches)
    columns = key_figures([replace(scores, sets=sets)], ["tiles"])["columns"]
    labels = [column["label"] for column in columns]
    place = labels.index("VGG16 Fréchet distance")
    assert (labels[place + 1] == "VGG16 kernel distance") is beside


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
