"""Whether a made IHC is positive where and as much as the real one: masks of DAB."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.stats import wasserstein_distance

from cytoforge.metrics.intervals import Pooled
from cytoforge.segmentation.stain_density import SWEEP


def mask_counts(real: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return pixels that are positive in both, in `made` alone, in `real` alone, and in neither:
    (tp, fp, fn, tn), float64 (4,).

    real, made : bool (Y, X)
    """
    tp, n_real, n_made = (int(np.count_nonzero(m)) for m in (real & made, real, made))
    return np.array([tp, n_made - tp, n_real - tp, real.size - n_real - n_made + tp], np.float64)


def swept_counts(
    real: np.ndarray, made: np.ndarray, thresholds: Sequence[float] = SWEEP
) -> dict[float, np.ndarray]:
    """Return `mask_counts` of two fields of one place by threshold.

    real, made : `dab_amount` of each, (Y, X)
    """
    return {level: mask_counts(real > level, made > level) for level in thresholds}


def hausdorff_95(real: np.ndarray, made: np.ndarray) -> float:
    """Return the 95th percentile of how far a mask's edge lies from the other's, the larger of both
    ways, in px: what a Dice does not say, how far off a wrong part is.

    NaN where both masks are empty; the field's diagonal, than which nothing lies further off, where
    one is.

    real, made : bool (Y, X)
    """
    edges = [mask & ~ndimage.binary_erosion(mask) for mask in (real, made)]
    there = [bool(edge.any()) for edge in edges]
    if not all(there):
        return float(np.hypot(*real.shape)) if any(there) else float("nan")
    ways = zip(edges, reversed(edges), strict=True)
    return max(
        float(np.percentile(ndimage.distance_transform_edt(~other)[edge], 95))
        for edge, other in ways
    )


def positive_fractions(
    amount: np.ndarray, thresholds: Sequence[float] = SWEEP
) -> dict[float, float]:
    """Return the fraction of pixels above each threshold, in [0, 1]; `amount` as `dab_amount`."""
    return {level: float((amount > level).mean()) for level in thresholds}


def fraction_distance(made: Sequence[float], real: Sequence[float]) -> float:
    """Return how far two distributions of positive fractions lie apart, in [0, 1].

    The Wasserstein-1 distance: the mean change of a field's fraction that would make them alike.

    >>> fraction_distance([0.1, 0.2], [0.3, 0.2])
    0.1
    """
    return round(float(wasserstein_distance(made, real)), 12)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _pooled(part: Sequence[float], whole: Sequence[float]) -> Pooled:
    """Return a ratio of two sums of weighted counts; undefined where the second is 0."""
    top, below = np.array(part, float), np.array(whole, float)
    return Pooled(lambda s: _ratio(s @ top, s @ below), lambda s: s @ below, 0.0, 1.0)


# Weights of tp, fp, fn, tn.
DICE = _pooled((2, 0, 0, 0), (2, 1, 1, 0))
JACCARD = _pooled((1, 0, 0, 0), (1, 1, 1, 0))
TPR = _pooled((1, 0, 0, 0), (1, 0, 1, 0))
TNR = _pooled((0, 0, 0, 1), (0, 1, 0, 1))
MASK_SCORES = {"dice": DICE, "jaccard": JACCARD, "tpr": TPR, "tnr": TNR}
"""Of sums (..., 4) of `mask_counts`: agreement of masks, and rates of true positives and of true
negatives. NaN where a mask to be found is empty on all sides."""
