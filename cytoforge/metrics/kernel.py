"""Kernel distance between two sets of features: unbiased squared MMD with a cubic kernel.

Bińkowski et al. 2018 ("KID" when the features are pool3 of Inception): k(x, y) = (x·y / d + 1)³.
Unlike the Fréchet distance it is unbiased at any set size; around 0 it may be negative.
"""

import numpy as np


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the unbiased squared MMD of features `a` (n, d) and `b` (m, d), two rows or more.

    With k(x, y) = (x y + 1)³, sets at 0 and at 1 have k = 1 and 8 within and 1 between: 1 + 8 - 2:

    >>> kernel_distance(np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]]))
    7.0
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    return mmd_squared(_kernel(a @ a.T, a), _kernel(b @ b.T, a), _kernel(a @ b.T, a))


def subset_kernel_distance(
    a: np.ndarray, b: np.ndarray, size: int, subsets: int, random: np.random.Generator
) -> tuple[float, float]:
    """Return mean and SD of the kernel distance over random subsets of `size` rows a side.

    The usual method for sets too large for one kernel matrix (1,000 rows, 100 subsets).
    """
    size = min(size, len(a), len(b))
    values = [
        kernel_distance(
            a[random.choice(len(a), size, replace=False)],
            b[random.choice(len(b), size, replace=False)],
        )
        for _ in range(subsets)
    ]
    return float(np.mean(values)), float(np.std(values))


def mmd_squared(within_a: np.ndarray, within_b: np.ndarray, between: np.ndarray) -> float:
    """Return the unbiased estimate from kernel matrices (n, n), (m, m) and (n, m)."""
    n, m = between.shape
    if n < 2 or m < 2:
        raise ValueError(f"the kernel distance needs two rows a side, got {n} and {m}")
    off_a = (within_a.sum() - np.trace(within_a)) / (n * (n - 1))
    off_b = (within_b.sum() - np.trace(within_b)) / (m * (m - 1))
    return float(off_a + off_b - 2 * between.mean())


def _kernel(products: np.ndarray, features: np.ndarray) -> np.ndarray:
    return (products / features.shape[1] + 1) ** 3
