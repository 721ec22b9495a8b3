"""Summaries, intervals over images, outliers."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.statistics import mean_bounds, outliers, robust_z, summarise

CONFIG = MetricsConfig()
PLAIN = Metric("plain", "Plain", False, "", "")
SIGNED = Metric("signed", "Signed", True, "", "", signed=True)
FOUR = np.array([1.0, 2.0, 3.0, 6.0])
TWO_IMAGES = np.array(["a", "a", "b", "b"])


def test_a_summary_by_hand():
    found = summarise(FOUR, TWO_IMAGES, PLAIN, CONFIG)
    assert (found.n, found.n_units, found.mean, found.median) == (4, 2, 3, 2.5)
    assert found.sd == pytest.approx(np.sqrt(3.5))  # population SD, as the original
    assert found.cv_percent == pytest.approx(100 * np.sqrt(3.5) / 3)


def test_undefined_values_are_counted_and_left_out():
    values = np.array([1.0, np.nan, np.inf, 3.0])
    found = summarise(values, TWO_IMAGES, PLAIN, CONFIG)
    assert (found.n, found.n_undefined, found.mean) == (2, 2, 2)


def test_nothing_defined_gives_no_made_up_number():
    found = summarise(np.full(4, np.nan), TWO_IMAGES, PLAIN, CONFIG)
    assert (found.n, found.mean, found.bounds.low) == (0, None, None)


@pytest.mark.parametrize(
    ("values", "metric", "note"),
    [
        (FOUR, SIGNED, "signed"),
        (FOUR - 2, PLAIN, "signed"),
        (FOUR * 1e-9, PLAIN, "mean near zero"),
    ],
)
def test_cv_is_flagged_where_it_means_nothing(values: np.ndarray, metric: Metric, note: str):
    found = summarise(values, TWO_IMAGES, metric, CONFIG)
    assert (found.cv_percent, found.cv_note) == (None, note)


def test_the_means_of_few_images_are_shown_one_by_one():
    found = summarise(FOUR, TWO_IMAGES, PLAIN, CONFIG).cells()
    assert (found["low"], found["high"]) == (1.5, 4.5)
    assert (found["interval"], found["unit_values"]) == ("range of 2 images", "1.5 4.5")


def test_patches_of_one_image_are_not_independent():
    # Six images whose patches repeat ten times say no more than six patches.
    images = np.arange(6).astype(str)
    once = mean_bounds(np.arange(6.0), images, False, 0.95)
    often = mean_bounds(np.arange(6.0).repeat(10), images.repeat(10), False, 0.95)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_robust_z_by_hand():
    # Median 3, absolute deviations 2 1 0 1 97, MAD 1.
    z = robust_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    assert z == pytest.approx(0.6745 * np.array([-2, -1, 0, 1, 97]), rel=1e-4)


def test_robust_z_of_mostly_equal_values_is_zero():
    assert robust_z(np.array([2.0, 2.0, 2.0, 9.0])).tolist() == [0, 0, 0, 0]


def test_outliers_carry_their_ids():
    pairs = pd.DataFrame(
        {
            "series": "generator",
            "image": list("abcde"),
            "row": range(5),
            "col": 0,
            "plain": [1.0, 2.0, 3.0, 4.0, 100.0],
        }
    )
    found = outliers(pairs, PLAIN, CONFIG)
    assert found[["metric", "image", "row", "value", "worse"]].values.tolist() == [
        ["plain", "e", 4, 100.0, True]
    ]
