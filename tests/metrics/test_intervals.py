"""Intervals: by hand, and how often they hold what they say when everything is known."""

import numpy as np
import pytest
from scipy import stats

from cytoforge.metrics.intervals import (
    MEAN,
    MEAN_OF_POSITIVE,
    POOLED_F1,
    Bounds,
    Pooled,
    bounds,
    f1,
    jackknife,
    mean_sums,
    unit_noun,
)

TRIALS = 4000
SIX = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0])


def sums_of(values: np.ndarray) -> np.ndarray:
    """One value per unit."""
    return np.stack([values, np.ones_like(values)], -1)


def test_three_units_are_shown_one_by_one():
    found = bounds(sums_of(np.array([0.5, 0.25, 1.0])), MEAN, 0.95)
    assert found == Bounds(0.25, 1.0, "range of 3 images", (0.5, 0.25, 1.0))
    assert not found.certain


def test_one_unit_says_nothing_of_chance():
    assert bounds(sums_of(np.array([0.5])), MEAN, 0.95) == Bounds()


def test_from_six_units_on_it_is_students_interval():
    found = bounds(sums_of(SIX), MEAN, 0.95)
    expected = stats.t.interval(0.95, 5, SIX.mean(), stats.sem(SIX))
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.interval, found.certain) == ("95 % t interval of 6 images", True)


def test_an_interval_promises_nothing_impossible():
    assert bounds(sums_of(np.array([0.0, 0, 0, 0, 0, 1])), MEAN_OF_POSITIVE, 0.95).low == 0
    counts = np.array([[9.0, 0, 0]] * 5 + [[5.0, 3, 3]])
    assert bounds(counts, POOLED_F1, 0.95).high == 1


def test_a_unit_without_objects_is_no_unit():
    counts = np.array([[8.0, 2, 2], [0, 0, 0], [4, 0, 0]])
    assert bounds(counts, POOLED_F1, 0.95) == Bounds(0.8, 1.0, "range of 2 images", (0.8, 1.0))


def test_unequal_units_count_as_fewer():
    # Sizes 1, 1 and 8 count as 100 / 66 units.
    sums = np.array([[1.0, 1], [2, 1], [8, 8]])
    assert jackknife(sums, MEAN).freedom == pytest.approx(100 / 66 - 1)


def test_slices_of_one_patient_are_one_unit():
    patients = np.array(["p1", "p1", "p2"])
    assert mean_sums(np.array([1.0, 2.0, 5.0]), patients).tolist() == [[3, 2], [5, 1]]
    assert unit_noun(patients, np.array(["a", "b", "c"])) == "group"


def intervals(sums: np.ndarray, statistic: Pooled) -> np.ndarray:
    """The interval of every trial of (trials, units, columns): (trials, 2)."""
    return np.array(
        [jackknife(one, statistic).interval(float(statistic.of(one.sum(0))), 0.95) for one in sums]
    )


def patch_sums(units: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Sums and counts of 4 to 16 patches around the mean of each unit (trials, units), which vary
    as much as the units do."""
    counts = random.integers(4, 17, units.shape)
    means = units + random.normal(size=units.shape) * units.std() / np.sqrt(counts)
    return np.stack([means * counts, counts], -1)


@pytest.mark.parametrize("units", [6, 10, 20])
@pytest.mark.parametrize("skewed", [False, True])
def test_the_interval_of_a_mean_covers_the_truth_in_95_of_100(units: int, skewed: bool):
    random = np.random.default_rng([units, skewed])
    normal = random.normal(size=(TRIALS, units))
    # Log-normal with a skewness of 0.95, as MSE over images has.
    drawn, true = (np.exp(0.3 * normal), np.exp(0.045)) if skewed else (normal, 0.0)
    low, high = intervals(patch_sums(drawn, random), MEAN).T
    assert 0.93 <= ((low <= true) & (true <= high)).mean() <= 0.97


@pytest.mark.parametrize("units", [6, 20])
def test_the_interval_of_an_f1_covers_the_truth_in_95_of_100(units: int):
    random = np.random.default_rng(units)
    objects = random.integers(40, 121, (TRIALS, units))
    found, extra = (random.beta(18, 4, objects.shape) for _ in range(2))
    tp = random.binomial(objects, found)
    fp = random.binomial(objects, 1 - extra)
    low, high = intervals(np.stack([tp, fp, objects - tp], -1).astype(float), POOLED_F1).T
    true = f1(np.array([18.0, 4, 4]))
    assert 0.93 <= ((low <= true) & (true <= high)).mean() <= 0.97


@pytest.mark.parametrize("units", [6, 10, 20])
def test_two_equal_generators_are_told_apart_in_5_of_100(units: int):
    random = np.random.default_rng(units)
    # The images differ far more than the generators do on one of them.
    images = 3 * random.normal(size=(TRIALS, units))
    counts = random.integers(4, 17, images.shape)
    sides = [images + random.normal(size=images.shape) for _ in range(2)]
    difference = np.stack([(sides[0] - sides[1]) * counts, counts], -1)
    low, high = intervals(difference, MEAN).T
    assert ((low > 0) | (high < 0)).mean() <= 0.07
