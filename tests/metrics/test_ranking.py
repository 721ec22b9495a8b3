"""Ranks and ties of a few models, small enough to check by hand."""

import numpy as np
import pytest
from scipy import stats

from cytoforge.metrics.budgets import Cost, budgets
from cytoforge.metrics.intervals import MEAN, Bounds, bounds, jackknife, mean_sums
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.ranking import Estimate, difference, mean_rank, rank

LESS = Metric("lpips", "LPIPS", False, "", "")
MORE = Metric("f1", "F1", True, "", "")
IMAGES = tuple("abcdef")
BASE = np.array([0.1, 0.5, 0.2, 0.4, 0.3, 0.6])


def estimate(name: str, values: np.ndarray, units: tuple[str, ...] = IMAGES) -> Estimate:
    """One value per image."""
    sums = mean_sums(values, np.array(units))
    return Estimate(name, values.mean(), bounds(sums, MEAN, 0.95), jackknife(sums, MEAN), units)


def few(name: str, *values: float) -> Estimate:
    """Too few images for an interval."""
    sums = mean_sums(np.array(values), np.array(IMAGES[: len(values)]))
    return Estimate(name, float(np.mean(values)), bounds(sums, MEAN, 0.95))


def whole_set(name: str, value: float, low: float, high: float) -> Estimate:
    return Estimate(name, value, Bounds(low, high, "95 % t interval of 10 images"))


def test_the_one_that_is_better_on_every_image_is_significantly_different():
    found = rank(LESS, [estimate("a", BASE + 0.1), estimate("b", BASE)], 0.95)
    # Their intervals overlap; the paired difference is 0.1 on every image.
    assert found.ranks == {"a": 2, "b": 1}
    (pair,) = found.differences
    assert (pair.first, pair.second, pair.significant) == ("b", "a", True)
    assert (pair.low, pair.high) == pytest.approx((-0.1, -0.1))


def test_paired_differences_are_those_of_a_paired_t_test():
    other = BASE + np.array([0.1, -0.05, 0.2, 0.02, 0.1, 0.0])
    (pair,) = rank(LESS, [estimate("a", other), estimate("b", BASE)], 0.95).differences
    expected = stats.ttest_rel(BASE, other).confidence_interval(0.95)
    assert (pair.low, pair.high) == pytest.approx((expected.low, expected.high))
    assert pair.significant is False


def test_a_difference_that_changes_its_sign_is_a_tie():
    found = rank(LESS, [estimate("a", BASE), estimate("b", BASE[::-1] + 0.01)], 0.95)
    assert found.ranks == {"a": 1, "b": 1}
    assert found.not_different_from("a") == ["b"]


def test_more_is_better_where_the_metric_says_so():
    estimates = [estimate("a", BASE + 0.1), estimate("b", BASE)]
    assert rank(MORE, estimates, 0.95).ranks["a"] == 1


def test_a_rank_counts_only_who_is_better_and_significantly_different():
    # b lies between a and c and is significantly different from neither; a and c are.
    between = BASE + 0.2 * np.array([1, -1, 1, -1, 1, 0.5])
    estimates = [estimate("a", BASE), estimate("b", between), estimate("c", BASE + 0.1)]
    found = rank(LESS, estimates, 0.95)
    assert found.ranks == {"a": 1, "b": 1, "c": 2}


def test_below_six_images_nothing_is_ranked_or_called_different():
    found = rank(LESS, [few("a", 0.5, 0.6, 0.7), few("b", 0.1, 0.2, 0.3)], 0.95)
    assert found.ranks == {"a": None, "b": None}
    (pair,) = found.differences
    assert (pair.significant, pair.method) == (None, "no interval")
    assert found.not_different_from("a") == []


def test_distances_of_sets_are_significantly_different_by_their_intervals():
    a, near, far = (
        whole_set(*values) for values in (("a", 5, 1, 9), ("b", 8, 2, 14), ("c", 15, 10, 20))
    )
    assert difference(a, near, 0.95).significant is False
    assert difference(a, far, 0.95).significant
    assert difference(a, far, 0.95).method == "intervals disjoint?"


def test_what_is_undefined_is_not_ranked():
    nan = Estimate("a", float("nan"))
    found = rank(LESS, [nan, estimate("b", BASE), estimate("c", BASE + 0.1)], 0.95)
    assert found.ranks == {"a": None, "b": 1, "c": 2}


def test_other_images_are_not_paired():
    others = tuple("abcdeg")
    pair = difference(estimate("a", BASE), estimate("b", BASE + 0.1, others), 0.95)
    assert (pair.method, pair.significant) == ("intervals disjoint?", False)


def test_values_without_intervals_are_not_ranked():
    found = rank(LESS, [Estimate("a", 0.2), Estimate("b", 0.1), Estimate("c")], 0.95)
    assert found.ranks == {"a": None, "b": None, "c": None}


def test_the_mean_rank_leaves_out_what_was_not_measured():
    a, b = estimate("a", BASE + 0.1), estimate("b", BASE)
    both = [rank(LESS, [a, b], 0.95), rank(MORE, [a, b], 0.95)]
    few_images = rank(LESS, [few("a", 1.0, 2.0), few("b", 3.0, 4.0)], 0.95)
    assert mean_rank([*both, few_images], "a") == 1.5
    assert mean_rank([few_images], "a") is None


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
