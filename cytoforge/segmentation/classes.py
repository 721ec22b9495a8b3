"""Classes of single objects: which one each is given by the classes of its pixels."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class ClassPlane:
    """The class of every object of a plane, beside its instance labels.

    Attributes
    ----------
    names : of the classes by their code; the first is the ground
    codes : class of each pixel's object, uint8 (Y, X), 0 where there is none
    certain : fraction of the object's pixels that were given its class, float32 (Y, X)
    """

    names: tuple[str, ...]
    codes: np.ndarray
    certain: np.ndarray

    def of_each(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return code and certainty of labels 0..n, uint8 and float64 (n + 1,)."""
        count = int(labels.max(initial=0)) + 1
        codes, certain = np.zeros(count, np.uint8), np.zeros(count)
        codes[labels], certain[labels] = self.codes, self.certain
        codes[0] = certain[0] = 0
        return codes, certain

    def crop(self, box: tuple[slice, slice]) -> "ClassPlane":
        """Return a rectangle of it."""
        return replace(self, codes=self.codes[box], certain=self.certain[box])


def majority(labels: np.ndarray, types: np.ndarray, n_types: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the class of each pixel's object, and the fraction of its pixels that have it.

    It is the one that most of the object's pixels have; where that is the ground, the runner-up,
    if any. Of several that are equal the one with the smallest code.

    Parameters
    ----------
    labels : integers (Y, X), 0 is ground
    types : class of each pixel, integers below `n_types` (Y, X), 0 is ground
    """
    count = int(labels.max(initial=0)) + 1
    inside = np.flatnonzero(labels > 0)
    ids = labels.ravel()[inside].astype(np.int64)
    votes = np.bincount(ids * n_types + types.ravel()[inside], minlength=count * n_types)
    votes = votes.reshape(count, n_types)
    # The ground wins nothing but objects without any other vote.
    chosen = np.where(votes[:, 1:].any(1), votes[:, 1:].argmax(1) + 1, 0)
    certain = votes[np.arange(count), chosen] / np.maximum(votes.sum(1), 1)
    codes, fractions = np.zeros(labels.shape, np.uint8), np.zeros(labels.shape, np.float32)
    codes.ravel()[inside] = chosen.astype(np.uint8).take(ids)
    fractions.ravel()[inside] = certain.astype(np.float32).take(ids)
    return codes, fractions
