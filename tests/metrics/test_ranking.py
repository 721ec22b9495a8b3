"""Ranks and ties of a few models, small enough to check by hand."""

import numpy as np
import pytest

from cytoforge.metrics.budgets import Cost, budgets
from cytoforge.metrics.estimates import mean_dice, mean_f1
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.ranking import Estimate, difference, mean_rank, rank

LESS = Metric("lpips", "LPIPS", False, "", "")
MORE = Metric("f1", "F1", True, "", "")
IMAGES = ("a", "b")


def estimate(name: str, *resampled: float, images: tuple[str, ...] = IMAGES) -> Estimate:
    values = np.array(resampled)
    return Estimate(name, values.mean(), values.min(), values.max(), values, images)


def test_the_better_one_that_is_always_better_is_significantly_different():
    found = rank(LESS, [estimate("a", 0.3, 0.5), estimate("b", 0.2, 0.4)], 0.95)
    # Their intervals overlap; the paired difference is 0.1 in every resample.
    assert found.ranks == {"a": 2, "b": 1}
    (pair,) = found.differences
    assert (pair.first, pair.second, pair.significant) == ("b", "a", True)
    assert (pair.low, pair.high) == pytest.approx((-0.1, -0.1))


def test_a_difference_that_changes_its_sign_is_a_tie():
    found = rank(LESS, [estimate("a", 0.3, 0.4), estimate("b", 0.2, 0.6)], 0.95)
    assert found.ranks == {"a": 1, "b": 1}
    assert found.not_different_from("a") == ["b"]


def test_more_is_better_where_the_metric_says_so():
    assert rank(MORE, [estimate("a", 0.3, 0.5), estimate("b", 0.2, 0.4)], 0.95).ranks["a"] == 1


def test_a_rank_counts_only_who_is_better_and_significantly_different():
    # b lies between a and c and is significantly different from neither; a and c are.
    estimates = [estimate("a", 1.0, 1.0), estimate("b", 0.9, 1.3), estimate("c", 1.2, 1.2)]
    found = rank(LESS, estimates, 0.95)
    assert found.ranks == {"a": 1, "b": 1, "c": 2}


def test_distances_of_sets_are_significantly_different_by_their_intervals():
    a, near, far = (
        Estimate(*values) for values in (("a", 5, 1, 9), ("b", 8, 2, 14), ("c", 15, 10, 20))
    )
    assert not difference(a, near, 0.95).significant
    assert difference(a, far, 0.95).significant
    assert difference(a, far, 0.95).method == "intervals disjoint?"


def test_what_is_undefined_is_neither_ranked_nor_different():
    nan = float("nan")
    found = rank(LESS, [Estimate("a", nan), estimate("b", 0.3), Estimate("c", 0.2)], 0.95)
    assert found.ranks == {"a": None, "b": 2, "c": 1}
    pair = difference(estimate("a", nan, 0.2), estimate("b", 0.3, 0.5), 0.95)
    assert pair.method == "paired bootstrap"
    assert not pair.significant


def test_other_images_are_not_paired():
    pair = difference(estimate("a", 1.0, 2.0), estimate("b", 1.1, 2.1, images=("a", "c")), 0.95)
    assert (pair.method, pair.significant) == ("intervals disjoint?", False)


def test_without_intervals_values_alone_rank_and_the_ranks_are_uncertain():
    found = rank(LESS, [Estimate("a", 0.2), Estimate("b", 0.1), Estimate("c")], 0.95)
    assert found.ranks == {"a": 2, "b": 1, "c": None}
    assert not found.certain


def test_the_mean_rank_leaves_out_what_was_not_measured():
    one = rank(LESS, [Estimate("a", 0.2), Estimate("b", 0.1)], 0.95)
    other = rank(LESS, [Estimate("a", 0.2), Estimate("b")], 0.95)
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
    assert [(b.quantity, b.value, b.models) for b in found] == [
        ("images_seen", 1000, ("a", "b")),
        ("seconds", 60, ("a", "c")),
    ]


def test_budgets_that_differ_make_no_group():
    assert budgets([cost("a", 1000, 60), cost("b", 1020, 64)]) == []
