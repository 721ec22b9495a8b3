"""Kernel distance against the sums written out."""

import numpy as np
import pytest

from cytoforge.metrics.set_metrics.kernel import kernel_distance, subset_kernel_distance


def written_out(a: np.ndarray, b: np.ndarray) -> float:
    """Every pair by itself."""

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return (float(x @ y) / len(x) + 1) ** 3

    n, m = len(a), len(b)
    within_a = sum(k(a[i], a[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within_b = sum(k(b[i], b[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within_a + within_b - 2 * sum(k(x, y) for x in a for y in b) / (n * m)


def test_agrees_with_the_definition():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(7, 5)), 1 + random.normal(size=(9, 5))
    assert kernel_distance(a, b) == pytest.approx(written_out(a, b))


def test_unbiased_around_zero_for_equal_distributions():
    random = np.random.default_rng(1)
    values = [kernel_distance(*random.normal(size=(2, 20, 8))) for _ in range(200)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))


def test_subsets_estimate_the_whole():
    random = np.random.default_rng(2)
    a, b = random.normal(size=(200, 6)), 0.5 + random.normal(size=(220, 6))
    mean, sd = subset_kernel_distance(a, b, 100, 30, random)
    assert mean == pytest.approx(kernel_distance(a, b), abs=3 * sd / np.sqrt(30))
