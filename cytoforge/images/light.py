"""The light of a field: how bright a lamp, or an excitation, is from place to place.

What a camera sees is the specimen times the light (and a dark signal, which is small beside
objects), so logarithms add. The light is a smooth surface, and once it is taken away equal things
are equally bright wherever they lie: the histogram is at its sharpest. So the surface is sought
that leaves the least entropy (Likar, Maintz, Viergever & Pernus 2000, J. Microsc. 197:285). Unlike
a blurred image it does not follow where cells lie dense. Of several images under one light the sum
of their entropies is made least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize

# Legendre polynomials in rows and columns of total degree 4: slopes, vignettes, and where their
# middle lies. With 3, cells of a shaded field of kc167_fly kept a correlation of 0.19 with their
# place instead of 0.14; with 5 nothing is gained.
DEGREE = 4
# Images are reduced to about this many pixels; a cell is still several of them.
PIXELS = 128 * 128
# Width of a bin of log intensity, and the kernel's in bins: 10 % of brightness are one thing.
BIN, KERNEL = 0.05, 2.0
# Weight of the squared coefficients, over the share of pixels that carry weight: an image with a
# handful of nuclei says little about its light, and would be bent to their brightness (the worst of
# dsb2018: 0.5 of standard deviation in the log light, 1.1 without it; 0.1 to 0.3 in others).
PRIOR = 0.005
# Darker than this part of the mean is no more than noise and rounding.
DARKEST = 0.01

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Seen:
    """What one image says of the light: its reduced pixels inside a box.

    Attributes
    ----------
    logs : float64 (n,), log intensities
    weights : float64 (n,), sum 1: bright pixels count, those that are dark signal and noise do not
    terms : float64 (n, k), the polynomials at these pixels, each of weighted mean 0
    """

    logs: np.ndarray
    weights: np.ndarray
    terms: np.ndarray


def estimate_light(planes: Sequence[np.ndarray], boxes: Sequence[Box]) -> np.ndarray:
    """Return the light that is common to some images of one channel.

    Parameters
    ----------
    planes : (Y, X) each, any real dtype, all of one shape
    boxes : the part of each that may be learnt from

    Returns
    -------
    (DEGREE + 1, DEGREE + 1) float64: coefficients of P_i(row) P_j(column) of the log light, rows
    and columns from -1 to 1 over the whole image; the constant is 0
    """
    seen = [_seen(plane, box) for plane, box in zip(planes, boxes, strict=True) if plane[box].any()]
    light = np.zeros((DEGREE + 1, DEGREE + 1))
    if not seen:
        return light

    stiff = PRIOR * len(seen) / sum(1 / (len(one.weights) * (one.weights**2).sum()) for one in seen)

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        parts = [_entropy(one, coefficients) for one in seen]
        value = sum(part[0] for part in parts) / len(parts)
        slope = sum(part[1] for part in parts) / len(parts)
        return value + stiff * float(coefficients @ coefficients), slope + 2 * stiff * coefficients

    found = optimize.minimize(loss, np.zeros(len(_TERMS)), jac=True, method="BFGS")
    light[tuple(np.transpose(_TERMS))] = found.x
    return light


def log_light(light: np.ndarray, shape: tuple[int, int], box: Box | None = None) -> np.ndarray:
    """Return the natural logarithm of a light over an image of that shape, or a box of it.

    float64 (Y, X); its level has no meaning.
    """
    rows, columns = box if box is not None else (slice(None), slice(None))
    down, across = (_polynomials(size) for size in shape)
    return np.asarray(down[rows] @ light @ across[columns].T)


_TERMS = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i) if i + j]


def _polynomials(size: int) -> np.ndarray:
    places = np.linspace(-1, 1, size) if size > 1 else np.zeros(1)
    return np.polynomial.legendre.legvander(places, DEGREE)


def _seen(plane: np.ndarray, box: Box) -> Seen:
    part = plane[box]
    step = max(int(np.ceil(np.sqrt(part.size / PIXELS))), 1)
    small = _means(part.astype(np.float64), step).ravel()
    terms = np.stack([_means(_term(term, plane.shape, box), step).ravel() for term in _TERMS], 1)
    mean = small.mean()
    share = np.clip(small, 0, None) / (np.abs(small) + mean)
    weights = share**2 / (share**2).sum()
    logs = np.log(np.maximum(small, DARKEST * mean))
    return Seen(logs, weights, terms - weights @ terms)


def _term(term: tuple[int, int], shape: tuple[int, ...], box: Box) -> np.ndarray:
    down, across = (
        _polynomials(size)[part, order] for size, part, order in zip(shape, box, term, strict=True)
    )
    return np.outer(down, across)


def _means(plane: np.ndarray, step: int) -> np.ndarray:
    """Return the means of squares of `step` px; what is left over at the end is left out."""
    steps = [min(step, size) for size in plane.shape]
    height, width = (size // one for size, one in zip(plane.shape, steps, strict=True))
    whole = plane[: height * steps[0], : width * steps[1]]
    return np.asarray(whole.reshape(height, steps[0], width, steps[1]).mean((1, 3)))


def _entropy(seen: Seen, coefficients: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the entropy of the log intensities without that light, and its gradient.

    The histogram is linear in where a pixel lies between two bins, and smoothed by a Gaussian, so
    that the gradient is exact: of H = -sum h log(G h) after h it is -(log(G h) + G(h / G h)).
    """
    evened = seen.logs - seen.terms @ coefficients
    place = evened / BIN
    place += 4 * KERNEL - np.floor(place.min())
    below = place.astype(np.int64)
    above = place - below
    length = int(below.max()) + int(4 * KERNEL) + 2
    counts = np.bincount(below, seen.weights * (1 - above), length)
    counts += np.bincount(below + 1, seen.weights * above, length)
    smooth = ndimage.gaussian_filter1d(counts, KERNEL) + 1e-6
    by_bin = -(np.log(smooth) + ndimage.gaussian_filter1d(counts / smooth, KERNEL))
    by_place = np.diff(by_bin)[below] / BIN
    value = float(-(counts * np.log(smooth)).sum())
    return value, -(seen.weights * by_place) @ seen.terms
