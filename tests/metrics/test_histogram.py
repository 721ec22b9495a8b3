"""Histogram metrics against NumPy histograms and closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.metrics.pair_metrics.histogram import histogram_metrics


def metrics(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """Of one uint8 pair."""
    x, y = (torch.from_numpy(image)[None, None].float() / 255 for image in (real, fake))
    return {name: value.item() for name, value in histogram_metrics(x, y).items()}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 255), st.integers(1, 255))
def test_agrees_with_numpy_on_8_bit_images(seed: int, top_real: int, top_fake: int):
    random = np.random.default_rng(seed)
    real = random.integers(0, top_real + 1, (20, 30), dtype=np.uint8)
    fake = random.integers(0, top_fake + 1, (20, 30), dtype=np.uint8)
    p, q = (np.histogram(i, bins=256, range=(0, 256))[0] / i.size for i in (real, fake))
    values = metrics(real, fake)
    coefficient = np.sqrt(p * q).sum()
    assert values["cross_entropy"] == pytest.approx(
        -(p * np.log(np.maximum(q, 1e-10))).sum(), abs=1e-4
    )
    assert values["bhattacharyya"] == pytest.approx(coefficient, abs=1e-6)
    assert values["hellinger"] == pytest.approx(np.sqrt(max(0, 1 - coefficient)), abs=1e-3)
    occupied = p[p > 0]
    entropy = -(occupied * np.log(occupied)).sum()
    assert values["kl"] == pytest.approx(values["cross_entropy"] - entropy, abs=1e-4)


def test_equal_histograms_have_no_distance_but_their_entropy():
    real = np.arange(256, dtype=np.uint8).reshape(16, 16)
    values = metrics(real, real[::-1].copy())
    assert values["kl"] == pytest.approx(0, abs=1e-6)
    assert values["hellinger"] == pytest.approx(0, abs=1e-6)
    assert values["bhattacharyya"] == pytest.approx(1)
    assert values["cross_entropy"] == pytest.approx(np.log(256), abs=1e-5)


def test_histograms_without_a_common_bin_stay_finite():
    black, white = np.zeros((8, 8), np.uint8), np.full((8, 8), 255, np.uint8)
    values = metrics(black, white)
    assert values["bhattacharyya"] == 0
    assert values["bhattacharyya_distance"] == pytest.approx(-np.log(1e-10), rel=1e-6)
    assert values["hellinger"] == pytest.approx(1)
    assert values["cross_entropy"] == pytest.approx(-np.log(1e-10), rel=1e-3)


def test_values_outside_the_unit_range_fall_into_the_outer_bins():
    x, y = torch.tensor([[[[-0.5, 1.5]]]]), torch.tensor([[[[0.0, 1.0]]]])
    assert histogram_metrics(x, y)["bhattacharyya"].item() == pytest.approx(1)
