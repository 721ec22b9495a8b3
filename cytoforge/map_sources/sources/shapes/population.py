"""The objects of the training fields as vectors, and new ones that are distributed like them.

An object is its outline, upright and of area 1, and, where another lies in it (a nucleus in its
cell), that one's outline in the same frame and its place. Principal components keep what differs.
Areas stand beside them: those of new objects are those of training.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cytoforge.map_sources.sources.shapes.outlines import FREQUENCIES, ORDER

# Of the vectors' variance; the rest is the noise of pixels.
_KEPT_VARIANCE = 0.995
_N = 2 * len(FREQUENCIES)


@dataclass(frozen=True)
class Objects:
    """Objects with what lies in them.

    Attributes
    ----------
    outline : complex128 (n, 16), px, upright: the long axis along x
    inner : complex128 (n, 16), px in the same frame; NaN where nothing lies in the object
    place : float64 (n, 2), x and y of the inner one's centre from the outer one's, px in that frame
    """

    outline: np.ndarray
    inner: np.ndarray
    place: np.ndarray

    @property
    def has_inner(self) -> np.ndarray:
        """Whether something lies in each, bool (n,)."""
        return ~np.isnan(self.inner[:, 0])


def to_vectors(objects: Objects, area: np.ndarray, inner_area: np.ndarray) -> np.ndarray:
    """Return one row per object, float64 (n, 32), or (n, 66) where another lies in each."""
    root = np.sqrt(area)[:, None]
    parts = [_flat(objects.outline / root)]
    if objects.has_inner.all() and len(area):
        inner_root = np.sqrt(inner_area)[:, None]
        parts += [_flat(_begun_alike(objects.inner) / inner_root), objects.place / root]
    return np.hstack(parts)


def from_vectors(vectors: np.ndarray, area: np.ndarray, inner_area: np.ndarray) -> Objects:
    """Inverse of `to_vectors`, for objects of these areas, px² (n,)."""
    root = np.sqrt(area)[:, None]
    outline = _complex(vectors[:, :_N]) * root
    if vectors.shape[1] == _N:
        return Objects(outline, outline * np.nan, np.zeros((len(area), 2)))
    inner = _complex(vectors[:, _N : 2 * _N]) * np.sqrt(inner_area)[:, None]
    return Objects(outline, inner, vectors[:, 2 * _N :] * root)


def _begun_alike(outline: np.ndarray) -> np.ndarray:
    """Let outlines begin where they cross the x axis, as a circle would."""
    start = -np.angle(outline[:, ORDER])
    begun: np.ndarray = outline * np.exp(1j * FREQUENCIES * start[:, None])
    return begun


def _flat(values: np.ndarray) -> np.ndarray:
    return np.hstack([values.real, values.imag])


def _complex(values: np.ndarray) -> np.ndarray:
    half = values.shape[1] // 2
    joined: np.ndarray = values[:, :half] + 1j * values[:, half:]
    return joined


@dataclass(frozen=True)
class ShapeModel:
    """Principal components of vectors, and where the training objects lie in them.

    Attributes
    ----------
    mean : float64 (d,)
    axes : float64 (c, d), orthogonal, each as long as the standard deviation along it
    scores : float64 (n, c), of variance 1 each
    """

    mean: np.ndarray
    axes: np.ndarray
    scores: np.ndarray

    @classmethod
    def fitted(cls, vectors: np.ndarray) -> "ShapeModel":
        """Return the components that hold nearly all the variance of rows."""
        mean = vectors.mean(0)
        left, lengths, right = np.linalg.svd(vectors - mean, full_matrices=False)
        share = np.cumsum(lengths**2) / max(float((lengths**2).sum()), 1e-12)
        count = int(np.searchsorted(share, _KEPT_VARIANCE)) + 1
        spread = lengths[:count] / np.sqrt(max(len(vectors) - 1, 1))
        # Signs of components are arbitrary: the largest entry is positive, on every machine.
        sign = np.sign(right[np.arange(count), np.abs(right[:count]).argmax(1)])
        return cls(
            mean,
            right[:count] * (sign * spread)[:, None],
            left[:, :count] * sign * np.sqrt(max(len(vectors) - 1, 1)),
        )

    def drawn(self, rows: np.ndarray, variety: float, random: np.random.Generator) -> np.ndarray:
        """Return a vector near each of some training objects, (len(rows), d).

        A smoothed bootstrap whose spread is that of the training objects (Silverman 1986, Density
        Estimation, 6.4.1): √(1 - h²) score + h noise.

        variety : h, 0 to 1
        """
        noise = random.standard_normal((len(rows), self.scores.shape[1]))
        scores = np.sqrt(1 - variety**2) * self.scores[rows] + variety * noise
        vectors: np.ndarray = self.mean + scores @ self.axes
        return vectors

    def of_training(self, rows: np.ndarray) -> np.ndarray:
        """Return the vectors of training objects, (len(rows), d)."""
        vectors: np.ndarray = self.mean + self.scores[rows] @ self.axes
        return vectors

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Return what is stored, by name."""
        return {f"{prefix}_{key}": value for key, value in vars(self).items()}

    @classmethod
    def stored(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> "ShapeModel":
        """Return the model of `arrays`."""
        return cls(*(arrays[f"{prefix}_{key}"] for key in ("mean", "axes", "scores")))
