"""Instances with classes: bPQ and mPQ of PanNuke, F1 of each class as HoVer-Net counts it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.segmentation.panoptic import instance_scores


@dataclass(frozen=True)
class ClassedField:
    """Instance labels of one image, true and found, with the class of each.

    Attributes
    ----------
    truth, found : integer label maps (Y, X), 0 is background
    true_classes, found_classes : class of each id, (largest id + 1,); 0 is none
    tissue : images of one tissue are averaged before tissues are
    """

    truth: np.ndarray
    found: np.ndarray
    true_classes: np.ndarray
    found_classes: np.ndarray
    tissue: str = ""


@dataclass(frozen=True)
class PanNukeScores:
    """bPQ, mPQ, and PQ of each class over the images that have it (how many: `n_of_class`); NaN
    where none has."""

    bpq: float
    mpq: float
    by_class: dict[int, float]
    n_of_class: dict[int, int]
    n_images: int
    n_empty: int


def pannuke_scores(fields: Sequence[ClassedField], classes: Sequence[int]) -> PanNukeScores:
    """Return the panoptic qualities that PanNuke is reported by (Gamper et al. 2020).

    bPQ is the PQ of all nuclei whatever their class. mPQ of an image is the mean of the PQ of each
    class that it truly has: a class without true objects is left out, even where it was found.
    Both are averaged over the images of a tissue, then over tissues. Images without true nuclei
    are left out (`n_empty`); the published code does the same.
    """
    binary, mean, each = [], [], []
    for field in fields:
        own = [
            _quality(*(_of_class(field, side, code) for side in ("truth", "found")))
            for code in classes
        ]
        each.append(own)
        binary.append(_quality(field.truth, field.found))
        mean.append(_mean(np.array(own)))
    tissues = np.array([field.tissue for field in fields], str)
    by_class = {code: _mean(np.array(each)[:, k]) for k, code in enumerate(classes) if each}
    return PanNukeScores(
        bpq=_mean_of_tissues(np.array(binary), tissues),
        mpq=_mean_of_tissues(np.array(mean), tissues),
        by_class=by_class,
        n_of_class={
            code: int(np.isfinite(np.array(each)[:, k]).sum())
            for k, code in enumerate(classes)
            if each
        },
        n_images=len(fields),
        n_empty=int(np.isnan(binary).sum()),
    )


def class_counts(
    true_classes: np.ndarray, found_classes: np.ndarray, pairs: np.ndarray, code: int
) -> np.ndarray:
    """Return, of one class, pairs of which both sides are of it, pairs of which one is, and objects
    of it without a partner, float64 (3,).

    Parameters
    ----------
    true_classes, found_classes : class of each object, (n,) and (m,)
    pairs : indices into both, (k, 2)
    """
    is_true, is_found = true_classes == code, found_classes == code
    a, b = is_true[pairs[:, 0]], is_found[pairs[:, 1]]
    alone = is_true.sum() - a.sum() + is_found.sum() - b.sum()
    return np.array([(a & b).sum(), (a ^ b).sum(), alone], np.float64)


def class_f1(counts: np.ndarray) -> np.ndarray:
    """Return F1 of one class of sums (..., 3) of `class_counts` (Graham et al. 2019, equation 9).

    2 TPc / (2 TPc + 2 FPc + 2 FNc + FPd + FNd): of the pairs those of which at least one side is of
    the class (so that the published TNc is 0), and objects of the class that have no partner. A
    wrong class counts twice, as an object lost and one invented. NaN where the class is nowhere.

    Two of a class are matched, one of them as another class; a third true one is missed:

    >>> float(class_f1(np.array([1.0, 1, 1])))
    0.4
    """
    whole = counts @ np.array([2.0, 2.0, 1.0])
    return np.where(whole > 0, 2 * counts[..., 0] / np.where(whole > 0, whole, 1), np.nan)


def _of_class(field: ClassedField, side: str, code: int) -> np.ndarray:
    labels: np.ndarray = getattr(field, side)
    classes = field.true_classes if side == "truth" else field.found_classes
    return np.where(classes[labels] == code, labels, 0)


def _quality(truth: np.ndarray, found: np.ndarray) -> float:
    return instance_scores(truth, found).pq if truth.any() else float("nan")


def _mean_of_tissues(values: np.ndarray, tissues: np.ndarray) -> float:
    return _mean(np.array([_mean(values[tissues == name]) for name in np.unique(tissues)]))


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
