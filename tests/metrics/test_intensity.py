"""Level statistics against plain loops, class means by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from cytoforge.metrics.class_means import class_means, fill_levels
from cytoforge.metrics.intensity import BINS, level_counts, level_table, wasserstein


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_agrees_with_a_loop_over_codes(seed: int):
    random = np.random.default_rng(seed)
    unit = random.random((3, 2, 9, 11)).astype(np.float32)
    other = random.random((3, 2, 9, 11)).astype(np.float32) ** 2
    labels = random.integers(0, 4, (3, 9, 11), dtype=np.uint8)
    counts, distance = level_counts(unit, labels, 5), None
    distance = wasserstein(counts, level_counts(other, labels, 5))
    down, across = np.gradient(unit, axis=(2, 3))
    for code in range(4):
        for channel in range(2):
            values = unit[:, channel][labels == code]
            assert counts.mean[code, channel] == pytest.approx(values.mean(), rel=1e-5)
            assert counts.sd[code, channel] == pytest.approx(values.std(), rel=1e-4)
            energy = (down**2 + across**2)[:, channel][labels == code].mean()
            assert counts.gradient_energy[code, channel] == pytest.approx(energy, rel=1e-4)
            expected = wasserstein_distance(values, other[:, channel][labels == code])
            assert distance[code, channel] == pytest.approx(expected, abs=2 / BINS)
    assert np.isnan(counts.mean[4]).all()


def test_parts_add_up_to_the_whole():
    unit = np.random.default_rng(0).random((4, 1, 8, 8)).astype(np.float32)
    labels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8) % 3
    whole = level_counts(unit, labels, 3)
    parts = level_counts(unit[:1], labels[:1], 3) + level_counts(unit[1:], labels[1:], 3)
    assert parts.sd == pytest.approx(whole.sd)
    assert np.array_equal(parts.histogram, whole.histogram)


def test_the_table_leaves_out_codes_that_occur_nowhere():
    unit, labels = np.full((1, 1, 4, 4), 0.5, np.float32), np.ones((1, 4, 4), np.uint8)
    counts = level_counts(unit, labels, 3)
    table = level_table(counts, {"generator": counts}, ["gap", "background", "rim"], ["dna"])
    assert table[["series", "level", "channel", "wasserstein"]].values.tolist() == [
        ["generator", "background", "dna", 0.0]
    ]


def test_class_means_by_hand():
    unit = np.array([[[[0.2, 0.4], [0.8, 0.8]]]], np.float32)
    labels = np.array([[[0, 0], [2, 2]]], np.uint8)
    means = class_means(level_counts(unit, labels, 4))
    # Codes 1 and 3 never occur: they take the mean of all pixels.
    assert means[:, 0] == pytest.approx([0.3, 0.55, 0.8, 0.55])
    assert fill_levels(np.array([[2, 0]]), means)[0, 0] == pytest.approx([0.8, 0.3])


def test_no_training_pixels_is_an_error():
    nothing = level_counts(np.zeros((0, 1, 4, 4), np.float32), np.zeros((0, 4, 4), np.uint8), 2)
    with pytest.raises(ValueError, match="at least one"):
        class_means(nothing)
