"""From outlines to labels: where objects touch, the border lies between them (bounded Voronoi).

Each pixel belongs to the object into whose outline it falls deepest: to the one with the least
ρ = distance from the centre / radius of the outline in that direction, where that is at most 1.
Alone, an object keeps its outline; of two that overlap the border is where both ρ are equal.
"""

from dataclasses import dataclass

import numpy as np
from skimage.measure import label

from cytoforge.map_sources.sources.shapes.outlines import ANGLES

# An outline grows to at most this where neighbours take of it.
_MOST_GROWTH = 1.6
_STEPS = 3


@dataclass(frozen=True)
class Filled:
    """Labels of objects.

    Attributes
    ----------
    labels : int32 (Y, X): object i is i + 1, 0 is free
    dropped : how many objects cleaning took away
    """

    labels: np.ndarray
    dropped: int


def fill(
    shape: tuple[int, int],
    centres: np.ndarray,
    radii: np.ndarray,
    wanted: np.ndarray,
    smallest: float,
    kept: np.ndarray | None = None,
) -> Filled:
    """Draw objects into a field.

    What neighbours take from an object, it gains where it is free: outlines are scaled in three
    steps until the areas are those that are wanted, so that neither small nor large objects are
    favoured.

    Parameters
    ----------
    centres : float64 (n, 2), row and column
    radii : float32 (n, ANGLES), px
    wanted : float64 (n,), px² of each object where the field's edge does not cut it
    smallest : objects with fewer pixels are dropped
    kept : int32 (Y, X), pixels that belong to object i + 1 whatever the outlines say; 0: to none
    """
    pairs = _Pairs.of(shape, centres, radii)
    scale, inside = np.ones(len(centres)), _uncut(shape, centres, radii)
    labels = pairs.nearest(shape, scale, kept)
    for _ in range(_STEPS):
        area = np.bincount(labels.ravel(), minlength=len(centres) + 1)[1:]
        ratio = np.sqrt(wanted / np.maximum(area, 1))
        # A cut object has the scale of the others: its area says nothing.
        common = np.median(ratio[inside & (area > 0)]) if (inside & (area > 0)).any() else 1.0
        scale = np.clip(scale * np.where(inside, ratio, common), 0.5, _MOST_GROWTH)
        labels = pairs.nearest(shape, scale, kept)
    return _cleaned(labels, smallest, len(centres), inside)


def _uncut(shape: tuple[int, int], centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    reach = radii.max(1, initial=0)
    low = (centres - reach[:, None] >= 0).all(1)
    inside: np.ndarray = low & (centres + reach[:, None] < np.array(shape)).all(1)
    return inside


@dataclass(frozen=True)
class _Pairs:
    """All pixels that each object may take: flat index, object, and ρ at scale 1."""

    pixel: np.ndarray
    owner: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, int], centres: np.ndarray, radii: np.ndarray) -> "_Pairs":
        reach = np.ceil(radii.max(1, initial=0) * _MOST_GROWTH).astype(np.int64)
        first = np.maximum(np.floor(centres).astype(np.int64) - reach[:, None], 0)  # (n, 2)
        last = np.minimum(np.floor(centres).astype(np.int64) + reach[:, None] + 2, shape)
        sides = np.maximum(last - first, 0)
        counts = sides.prod(1)
        owner = np.repeat(np.arange(len(centres)), counts)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows, cols = np.divmod(within, sides[owner, 1])
        rows += first[owner, 0]
        cols += first[owner, 1]
        down = (rows - centres[owner, 0]).astype(np.float32)
        right = (cols - centres[owner, 1]).astype(np.float32)
        turn = np.arctan2(down, right) * np.float32(ANGLES / (2 * np.pi))
        direction = np.rint(turn).astype(np.int64) % ANGLES
        depth = np.hypot(down, right) / radii[owner, direction]
        near = depth <= _MOST_GROWTH
        return cls((rows * shape[1] + cols)[near], owner[near], depth[near])

    def nearest(
        self, shape: tuple[int, int], scale: np.ndarray, kept: np.ndarray | None
    ) -> np.ndarray:
        """Return the owner of each pixel plus 1, int32 (Y, X)."""
        depth = self.depth / scale.astype(np.float32)[self.owner]
        best = np.ones(shape[0] * shape[1], np.float32)
        np.minimum.at(best, self.pixel, depth)
        wins = depth <= best[self.pixel]
        labels = np.zeros(len(best), np.int32)
        labels[self.pixel[wins]] = self.owner[wins] + 1
        labels = labels.reshape(shape)
        return labels if kept is None else np.where(kept > 0, kept, labels)


def _cleaned(labels: np.ndarray, smallest: float, n: int, inside: np.ndarray) -> Filled:
    """Keep the largest piece of each object, and drop those that are too small; what the field's
    edge cuts may be smaller."""
    pieces = label(labels, background=0, connectivity=1)
    sizes = np.bincount(pieces.ravel())
    owner = np.zeros(len(sizes), np.int64)
    owner[pieces.ravel()] = labels.ravel()
    sizes[0] = 0
    largest = np.zeros(n + 1, np.int64)
    np.maximum.at(largest, owner, sizes)
    large_enough = (largest >= smallest) | np.append(False, ~inside)
    stays = (sizes == largest[owner]) & large_enough[owner]
    stays[0] = False
    there = np.zeros(n + 1, bool)
    there[owner[stays]] = True
    return Filled(
        np.where(stays[pieces], labels, 0).astype(np.int32),
        int((~there[1:] & (inside | (largest[1:] > 0))).sum()),
    )
