"""Fréchet distance against pytorch-fid, scipy's sqrtm and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_fid.fid_score import calculate_frechet_distance
from scipy import linalg

from cytoforge.pretrained.set_frechet import (
    frechet_distance,
    root_trace_low_rank,
    root_trace_symmetric,
)


def by_matrix_root(a: np.ndarray, b: np.ndarray) -> float:
    """The textbook form."""
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(cov_a @ cov_b).real
    return float(
        ((a.mean(0) - b.mean(0)) ** 2).sum()
        + np.trace(cov_a)
        + np.trace(cov_b)
        - 2 * np.trace(root)
    )


def two_sets(seed: int, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    mix = random.normal(size=(d, d))
    return random.normal(size=(n, d)) @ mix, 1.5 * random.normal(size=(m, d)) + 0.3


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 60), st.integers(30, 60), st.integers(2, 12))
def test_large_sets_agree_with_the_matrix_root(seed: int, n: int, m: int, d: int):
    a, b = two_sets(seed, n, m, d)
    assert frechet_distance(a, b) == pytest.approx(by_matrix_root(a, b), rel=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_agrees_with_pytorch_fid():
    a, b = two_sets(1, 300, 280, 64)
    expected = calculate_frechet_distance(
        a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False)
    )
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 30))
def test_small_sets_agree_with_the_symmetric_form(seed: int, n: int, m: int):
    a, b = two_sets(seed, n, m, 40)
    a, b = a - a.mean(0), b - b.mean(0)
    singular = root_trace_symmetric(a.T @ a / (n - 1), b.T @ b / (m - 1))
    assert root_trace_low_rank(a, b) == pytest.approx(singular, rel=1e-6)


def test_a_set_has_no_distance_to_itself():
    a, _ = two_sets(2, 20, 20, 30)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-8)


def test_a_shift_costs_its_squared_length():
    a, _ = two_sets(3, 50, 50, 4)
    assert frechet_distance(a, a + np.array([3, 4, 0, 0])) == pytest.approx(25)


def test_one_dimension_by_hand():
    # (mean 0, SD 1) against (mean 0, SD 3), n - 1: (1 - 3)² = 4.
    a = np.array([[-1.0], [1.0]]) / np.sqrt(2)
    assert frechet_distance(a, 3 * a) == pytest.approx(4)


def test_one_row_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))
