"""Ranks and ties of a few models, small enough to check by hand."""

import numpy as np
import pytest

from cytoforge.metrics.registry import Metric
from cytoforge.report.budgets import Cost, budgets
from cytoforge.report.charts import Mark
from cytoforge.report.figures import mean_dice, mean_f1
from cytoforge.report.interval_chart import Line, interval_chart
from cytoforge.report.ranking import Figure, difference, mean_rank, rank
from cytoforge.report.ranking_part import rank_text

LESS = Metric("lpips", "LPIPS", False, "", "")
MORE = Metric("f1", "F1", True, "", "")
IMAGES = ("a", "b")


def figure(name: str, *resampled: float, images: tuple[str, ...] = IMAGES) -> Figure:
    values = np.array(resampled)
    return Figure(name, values.mean(), values.min(), values.max(), values, images)


def test_the_better_one_that_is_always_better_is_told_apart():
    found = rank(LESS, [figure("a", 0.3, 0.5), figure("b", 0.2, 0.4)], 0.95)
    # Their intervals overlap; the paired difference is 0.1 in every resample.
    assert found.ranks == {"a": 2, "b": 1}
    (pair,) = found.differences
    assert (pair.first, pair.second, pair.apart) == ("b", "a", True)
    assert (pair.low, pair.high) == pytest.approx((-0.1, -0.1))


def test_a_difference_that_changes_its_sign_is_a_tie():
    found = rank(LESS, [figure("a", 0.3, 0.4), figure("b", 0.2, 0.6)], 0.95)
    assert found.ranks == {"a": 1, "b": 1}
    assert found.like("a") == ["b"]
    assert [rank_text(found, name) for name in "ab"] == ["1=", "1="]


def test_more_is_better_where_the_metric_says_so():
    assert rank(MORE, [figure("a", 0.3, 0.5), figure("b", 0.2, 0.4)], 0.95).ranks["a"] == 1


def test_a_rank_counts_only_who_is_better_and_told_apart():
    # b lies between a and c and is told apart from neither; a and c are told apart.
    figures = [figure("a", 1.0, 1.0), figure("b", 0.9, 1.3), figure("c", 1.2, 1.2)]
    found = rank(LESS, figures, 0.95)
    assert found.ranks == {"a": 1, "b": 1, "c": 2}
    assert [rank_text(found, name) for name in "abc"] == ["1=", "1=", "2="]


def test_distances_of_sets_are_told_apart_by_their_intervals():
    a, near, far = (
        Figure(*values) for values in (("a", 5, 1, 9), ("b", 8, 2, 14), ("c", 15, 10, 20))
    )
    assert not difference(a, near, 0.95).apart
    assert difference(a, far, 0.95).apart
    assert difference(a, far, 0.95).how == "intervals overlap?"


def test_other_images_are_not_paired():
    pair = difference(figure("a", 1.0, 2.0), figure("b", 1.1, 2.1, images=("a", "c")), 0.95)
    assert (pair.how, pair.apart) == ("intervals overlap?", False)


def test_without_intervals_values_alone_rank_and_the_rank_is_bracketed():
    found = rank(LESS, [Figure("a", 0.2), Figure("b", 0.1), Figure("c")], 0.95)
    assert found.ranks == {"a": 2, "b": 1, "c": None}
    assert [rank_text(found, name) for name in "abc"] == ["(2)", "(1)", ""]


def test_the_mean_rank_leaves_out_what_was_not_measured():
    one = rank(LESS, [Figure("a", 0.2), Figure("b", 0.1)], 0.95)
    other = rank(LESS, [Figure("a", 0.2), Figure("b")], 0.95)
    assert (mean_rank([one, other], "a"), mean_rank([one, other], "b")) == (1.5, 1)
    assert mean_rank([], "a") is None


def test_f1_and_dice_of_counts():
    assert mean_f1(np.array([[8.0, 2, 2]])) == pytest.approx(0.8)
    # The second code was never asked for.
    assert mean_dice(np.array([[6.0, 8, 8], [0, 0, 5]])) == pytest.approx(0.75)


def cost(name: str, images: int | None, seconds: float | None) -> Cost:
    return Cost(name, "pix2pix", "fast", images, 1, 1, seconds, 1, 1, "cpu")


def test_budgets_are_groups_of_equal_images_or_equal_time():
    costs = [
        cost("a", 1000, 60.0),
        cost("b", 1004, 200.0),
        cost("c", 3000, 62.0),
        cost("d", None, None),
    ]
    found = budgets(costs)
    assert [(b.title, b.models) for b in found] == [
        ("Equal images seen: about 1,000", ("a", "b")),
        ("Equal training time: about 1 min 0 s", ("a", "c")),
    ]


def test_budgets_that_differ_make_no_group():
    assert budgets([cost("a", 1000, 60), cost("b", 1020, 64)]) == []


def test_a_chart_has_a_line_an_model_and_its_rank():
    lines = [Line("one<two", 0.5, 0.4, 0.6, 0, "1="), Line("missing", None, None, None, 1)]
    chart = interval_chart(lines, name="LPIPS", marks=[None, Mark(0.9, "real")])
    assert chart.count("<circle") == 1
    assert ">1=</text>" in chart
    assert "one&lt;two" in chart
    assert 'class="ref r1"' in chart and "ref r0" not in chart
