"""Fréchet distance between two sets of features, without matrix roots of full size; of images, for
validation during training.

With means m and covariances S (dividing by n - 1): |m1 - m2|² + Tr S1 + Tr S2 - 2 Tr sqrt(S1 S2)
(Dowson and Landau 1982; FID of Heusel et al. 2017 when the features are pool3 of Inception).
"""

import hashlib

import numpy as np
from scipy import linalg
from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.features import (
    InceptionFeatures,
    Vgg16Features,
    features_of_set,
    load_inception,
    load_vgg16,
)
from cytoforge.pretrained.weights import Missing


class FrechetToReal:
    """The Fréchet distance of sets of images to one real set, whose features are computed once.

    In float64, and the biased plain estimate: of few images it is large whatever these show, so it
    compares validations of one training, which have the same real set, and nothing else.
    """

    def __init__(self, features: InceptionFeatures | Vgg16Features) -> None:
        self.features = features
        self._known: tuple[bytes, np.ndarray] | None = None

    def __call__(self, made: Tensor, real: Tensor) -> float:
        """Return the distance of float32 (N, C, H, W) and (M, C, H, W) in [0, 1], two images or
        more each; NaN where what was made is no number."""
        ours = features_of_set(self.features, made).cpu().numpy()
        if not np.isfinite(ours).all():
            return float("nan")
        return frechet_distance(ours, self._of_real(real))

    def _of_real(self, real: Tensor) -> np.ndarray:
        # By their bytes: another set is never taken for the one that is known.
        name = hashlib.sha256(real.cpu().numpy().tobytes()).digest()
        if self._known is None or self._known[0] != name:
            self._known = name, features_of_set(self.features, real).cpu().numpy()
        return self._known[1]


def validation_frechet(network: str, config: MetricsConfig) -> FrechetToReal | Missing:
    """Return `(made, real) -> distance` for validation in `inception` or `vgg16`, or why there is
    none. Runs where the images are."""
    features = load_inception(config) if network == "inception" else load_vgg16(config)
    return features if isinstance(features, Missing) else FrechetToReal(features)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance of features `a` (n, d) and `b` (m, d), at least two rows each.

    The biased plain estimate, as everywhere: it falls as sets grow, so compare only distances of
    sets of the same sizes.

    Two sets that differ by a shift of (3, 4) are 3² + 4² apart:

    >>> points = np.array([[0.0, 0.0], [2.0, 0.0]])
    >>> round(frechet_distance(points, points + [3.0, 4.0]), 6)
    25.0
    """
    a, b = _checked(a), _checked(b)
    mean_a, mean_b = a.mean(0), b.mean(0)
    a, b = a - mean_a, b - mean_b
    n, m, d = len(a) - 1, len(b) - 1, a.shape[1]
    traces = (a**2).sum() / n + (b**2).sum() / m
    if max(len(a), len(b)) <= d:
        cross = root_trace_low_rank(a, b)
    else:
        cross = root_trace_symmetric(a.T @ a / n, b.T @ b / m)
    return float(((mean_a - mean_b) ** 2).sum() + traces - 2 * cross)


def root_trace_low_rank(a: np.ndarray, b: np.ndarray) -> float:
    """Return Tr sqrt(S1 S2) from centred rows: the nuclear norm of A Bᵀ / sqrt((n - 1)(m - 1)).

    The nonzero eigenvalues of AᵀA BᵀB are those of (ABᵀ)(ABᵀ)ᵀ, so an n × m matrix is enough:
    0.03 s where a 2048 × 2048 root takes 12 s (n = 200).
    """
    scale = np.sqrt((len(a) - 1) * (len(b) - 1))
    return float(linalg.svdvals(a @ b.T).sum() / scale)


def root_trace_symmetric(cov_a: np.ndarray, cov_b: np.ndarray) -> float:
    """Return Tr sqrt(S1 S2) of two covariances (d, d), by the eigenvalues of Rᵀ S2 R, S1 = R Rᵀ.

    R is the Cholesky factor; where S1 is singular, its eigenvectors scaled by the roots.
    """
    try:
        root = linalg.cholesky(cov_a, lower=True)
    except linalg.LinAlgError:
        values, vectors = linalg.eigh(cov_a)
        root = vectors * np.sqrt(np.clip(values, 0, None))
    squares = linalg.eigvalsh(root.T @ cov_b @ root)
    return float(np.sqrt(np.clip(squares, 0, None)).sum())


def _checked(features: np.ndarray) -> np.ndarray:
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"expected at least two feature rows (n, d), got {features.shape}")
    return features.astype(np.float64)
