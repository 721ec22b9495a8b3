"""Summaries, intervals over images, outliers."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.statistics import mean_interval, outliers, robust_z, summarise
from cytoforge.seeds import generator

CONFIG = MetricsConfig(bootstrap=400)
PLAIN = Metric("plain", "Plain", False, "", "")
SIGNED = Metric("signed", "Signed", True, "", "", signed=True)
FOUR = np.array([1.0, 2.0, 3.0, 6.0])
TWO_IMAGES = np.array(["a", "a", "b", "b"])


def test_a_summary_by_hand():
    found = summarise(FOUR, TWO_IMAGES, PLAIN, CONFIG, seed=1)
    assert (found.n, found.n_images, found.mean, found.median) == (4, 2, 3, 2.5)
    assert found.sd == pytest.approx(np.sqrt(3.5))  # population SD, as the original
    assert found.cv_percent == pytest.approx(100 * np.sqrt(3.5) / 3)


def test_undefined_values_are_counted_and_left_out():
    values = np.array([1.0, np.nan, np.inf, 3.0])
    found = summarise(values, TWO_IMAGES, PLAIN, CONFIG, seed=1)
    assert (found.n, found.n_undefined, found.mean) == (2, 2, 2)


def test_nothing_defined_gives_no_made_up_number():
    found = summarise(np.full(4, np.nan), TWO_IMAGES, PLAIN, CONFIG, seed=1)
    assert (found.n, found.mean, found.ci_low) == (0, None, None)


@pytest.mark.parametrize(
    ("values", "metric", "note"),
    [
        (FOUR, SIGNED, "signed"),
        (FOUR - 2, PLAIN, "signed"),
        (FOUR * 1e-9, PLAIN, "mean near zero"),
    ],
)
def test_cv_is_flagged_where_it_means_nothing(values: np.ndarray, metric: Metric, note: str):
    found = summarise(values, TWO_IMAGES, metric, CONFIG, seed=1)
    assert (found.cv_percent, found.cv_note) == (None, note)


def test_one_image_has_no_interval():
    assert mean_interval(FOUR, np.full(4, "a"), CONFIG, 1, "m") == (None, None)


def test_two_images_by_hand():
    # Means 1 and 5; the resamples are aa, ab, ba, bb, so the outer quantiles are the images.
    values = np.array([1.0, 1.0, 5.0, 5.0])
    assert mean_interval(values, TWO_IMAGES, CONFIG, 1, "m") == (1, 5)


def test_the_interval_is_named_not_drawn_in_order():
    first = mean_interval(FOUR, TWO_IMAGES, CONFIG, 1, "m")
    generator(1, "anything else").random(1000)
    assert mean_interval(FOUR, TWO_IMAGES, CONFIG, 1, "m") == first


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    # 30 images of 5 patches, image effects as large as patch effects; 95 % asked. A percentile
    # bootstrap of 30 clusters covers a little less; resampling patches would cover only 75 %.
    random = np.random.default_rng(0)
    images = np.repeat(np.arange(30).astype(str), 5)
    covered = 0
    for trial in range(200):
        values = random.normal(size=30).repeat(5) + random.normal(size=150)
        low, high = mean_interval(values, images, CONFIG, trial, "m")
        covered += low <= 0 <= high
    assert 0.88 <= covered / 200 <= 0.99


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
