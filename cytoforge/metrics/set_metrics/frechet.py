"""Fréchet distance between two sets of features (`pretrained.set_frechet`), as a metric."""

import numpy as np
from scipy import linalg

from cytoforge.metrics.metric import Metric, Statistic
from cytoforge.pretrained.set_frechet import frechet_distance

METRICS = (
    Metric(
        "vgg16_frechet",
        "VGG16 Fréchet distance",
        False,
        "",
        "Fréchet distance of mean-pooled relu4_3 and relu5_3; not FID. Falls as sets grow.",
        weights="vgg16",
    ),
    Metric(
        "fid",
        "FID",
        False,
        "",
        "Fréchet distance on pytorch-fid's Inception. Far below 2,048 patches read it with care.",
        weights="inception",
    ),
)


def of_products(aa: np.ndarray, bb: np.ndarray, ab: np.ndarray) -> float:
    """Return the Fréchet distance from inner products alone (low-rank form, centred here)."""
    n, m = len(aa), len(bb)
    means = aa.mean() + bb.mean() - 2 * ab.mean()
    spread = (np.trace(aa) - aa.sum() / n) / (n - 1) + (np.trace(bb) - bb.sum() / m) / (m - 1)
    centred = ab - ab.mean(0) - ab.mean(1, keepdims=True) + ab.mean()
    cross = linalg.svdvals(centred).sum() / np.sqrt((n - 1) * (m - 1))
    return float(means + spread - 2 * cross)


def measure(a: np.ndarray, b: np.ndarray, random: np.random.Generator) -> tuple[float, Statistic]:
    """Return the distance of two sets of features, and its form on products for resampling."""
    return frechet_distance(a, b), of_products
