"""Kernel distance between two sets of features: unbiased squared MMD with a cubic kernel.

Bińkowski et al. 2018 ("KID" when the features are pool3 of Inception): k(x, y) = (x·y / d + 1)³.
Unlike the Fréchet distance it is unbiased at any set size; around 0 it may be negative.
"""

import numpy as np

from cytoforge.metrics.metric import Metric, Statistic

METRICS = (
    Metric(
        "vgg16_kernel",
        "VGG16 kernel distance",
        False,
        "",
        "Unbiased cubic-kernel MMD² of the same features; around 0 it may be negative.",
        weights="vgg16",
        signed=True,
    ),
    Metric(
        "kid",
        "KID",
        False,
        "",
        "Unbiased cubic-kernel MMD² on pytorch-fid's Inception.",
        weights="inception",
        signed=True,
    ),
)
# Sets too large for one kernel matrix.
SUBSET, SUBSETS = 1000, 100


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


def of_products(d: int) -> Statistic:
    """Return the distance from inner products of features of length `d`."""
    return lambda aa, bb, ab: mmd_squared((aa / d + 1) ** 3, (bb / d + 1) ** 3, (ab / d + 1) ** 3)


def measure(a: np.ndarray, b: np.ndarray, random: np.random.Generator) -> tuple[float, Statistic]:
    """Return the distance of two sets of features, and its form on products for resampling."""
    if max(len(a), len(b)) <= SUBSET:
        return kernel_distance(a, b), of_products(a.shape[1])
    return subset_kernel_distance(a, b, SUBSET, SUBSETS, random)[0], of_products(a.shape[1])
