"""How well a classifier distinguishes two sets, on images that it has not seen.

A linear classifier on fixed features: least squares to the two classes with a ridge penalty, which
is Fisher's discriminant with shrunken covariance (Hastie et al. 2009, exercise 4.2). It has nothing
to choose, takes milliseconds, and 2,048 features of 40 patches do not fit it to their noise.
"""

import numpy as np
from scipy import linalg, stats

from cytoforge.seeds import generator

PENALTY = 0.1  # of the mean variance of a standardised feature
FOLDS = 10


def held_out_scores(
    features: np.ndarray, made: np.ndarray, images: np.ndarray, seed: int
) -> np.ndarray:
    """Return how much each row looks made, (n,) > 0 for made, with its whole image left out.

    What one image looks like (its staining, its light) is the same in all its patches. A patch
    left out while others of its image stay in would be known by its image.

    Parameters
    ----------
    features : (n, d) float; made : (n,) bool; images : (n,), two or more; with more than ten the
        images are left out in ten groups (by seed)

    Raises ValueError for one image, or where a class is in one image alone.
    """
    names, image = np.unique(images, return_inverse=True)
    if len(names) < 2:
        raise ValueError("leaving an image out needs two")
    fold = _folds(image, made, len(names), seed)
    scores = np.empty(len(features))
    for left_out in np.unique(fold):
        away = fold == left_out
        scores[away] = _fisher(features[~away], made[~away], features[away])
    return scores


def placements(scores: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return for each row the fraction of the other class on its right side; the mean of either
    class is the area under the ROC curve (ties count half).

    >>> placements(np.array([1.0, 3, 2, 4]), np.array([False, False, True, True])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    own = np.where(made, _ranks_of(scores, made), _ranks_of(scores, ~made))
    below = stats.rankdata(scores) - own  # how many of the other class lie below
    others = np.where(made, (~made).sum(), made.sum())
    return np.where(made, below / others, 1 - below / others)


def _ranks_of(scores: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Return the rank of some rows among themselves, (n,); NaN for the others."""
    ranks = np.full(len(scores), np.nan)
    ranks[some] = stats.rankdata(scores[some])
    return ranks


def as_many(made: np.ndarray, seed: int, most: int) -> np.ndarray:
    """Return rows with equally many of both classes, at most `most` of each, drawn by seed."""
    sides = np.flatnonzero(made), np.flatnonzero(~made)
    size = min(most, *(len(side) for side in sides))
    random = generator(seed, "as many", len(made))
    return np.sort(np.concatenate([random.choice(side, size, replace=False) for side in sides]))


def _folds(image: np.ndarray, made: np.ndarray, n_images: int, seed: int) -> np.ndarray:
    """Return what is left out together: one image, or a tenth of many."""
    if n_images <= FOLDS:
        return image
    order = generator(seed, "held out", n_images).permutation(n_images)
    fold = (order % FOLDS)[image]
    alone = any(len(np.unique(fold[side])) < 2 for side in (made, ~made))
    return image if alone else fold  # a class of few images may have come together


def _fisher(known: np.ndarray, made: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Fit to the known rows, return the scores of the asked ones; 0 is halfway between classes."""
    if made.all() or not made.any():
        raise ValueError("each class is needed in two images")
    known, asked = known.astype(np.float64), asked.astype(np.float64)
    mean, sd = known.mean(0), known.std(0)
    sd[sd == 0] = 1
    known, asked = (known - mean) / sd, (asked - mean) / sd
    wanted = np.where(made, 1 / made.mean(), -1 / (~made).mean())
    n, d = known.shape
    if d > n:  # the same solution from an n × n matrix
        inner = known @ known.T + PENALTY * d * np.eye(n)
        weights = known.T @ linalg.solve(inner, wanted, assume_a="pos")
    else:
        weights = linalg.solve(
            known.T @ known + PENALTY * d * np.eye(d), known.T @ wanted, assume_a="pos"
        )
    fitted = known @ weights
    return asked @ weights - (fitted[made].mean() + fitted[~made].mean()) / 2
