"""From outlines to labels: where objects touch, the border lies between them (bounded Voronoi).

Each pixel belongs to the object into whose outline it falls deepest: to the one with the least
ρ = distance from the centre / radius of the outline in that direction, where that is at most 1.
Alone, an object keeps its outline; of two that overlap the border is where both ρ are equal.
"""

from dataclasses import dataclass

import numpy as np
from skimage.measure import label

from cytoforge.map_sources.sources.shapes.outlines import ANGLES
from cytoforge.references.rims import dilate

# An outline grows to at most this where neighbours take of it.
_MOST_GROWTH = 1.5
_STEPS = 4
# Ground of at most twice this width between objects belongs to them.
_SLIT_PX = 2


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
    within: np.ndarray | None = None,
) -> Filled:
    """Draw objects into a field.

    What neighbours take from an object, it gains where it is free: outlines are scaled in
    steps until the areas are those that are wanted, so that neither small nor large objects are
    favoured.

    Parameters
    ----------
    centres : float64 (n, 2), row and column
    radii : float32 (n, ANGLES), px
    wanted : float64 (n,), px² of each object where the field's edge does not cut it
    smallest : objects with fewer pixels are dropped
    within : int32 (Y, X): object i takes pixels of i + 1 only. None: any
    """
    pairs = _Pairs.of(shape, centres, radii, within)
    scale, inside = np.ones(len(centres)), _uncut(shape, centres, radii)
    labels = pairs.nearest(scale)
    for _ in range(_STEPS):
        area = np.bincount(labels.ravel(), minlength=len(centres) + 1)[1:]
        ratio = np.sqrt(wanted / np.maximum(area, 1))
        # A cut object has the scale of the others: its area says nothing.
        common = np.median(ratio[inside & (area > 0)]) if (inside & (area > 0)).any() else 1.0
        scale = np.clip(scale * np.where(inside, ratio, common), 0.5, _MOST_GROWTH)
        labels = pairs.nearest(scale)
    if within is None:
        slits = _slits(labels == 0)
        labels[slits] = pairs.nearest(scale, _MOST_GROWTH)[slits]
    return _cleaned(labels, smallest, len(centres), inside)


def _slits(free: np.ndarray) -> np.ndarray:
    """Return where free ground is narrower than twice the width of slits, bool (Y, X)."""
    wide = dilate(~dilate(~free, _SLIT_PX), _SLIT_PX)
    return free & ~wide


def _uncut(shape: tuple[int, int], centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    reach = radii.max(1, initial=0)
    low = (centres - reach[:, None] >= 0).all(1)
    inside: np.ndarray = low & (centres + reach[:, None] < np.array(shape)).all(1)
    return inside


@dataclass(frozen=True)
class _Pairs:
    """All pixels that each object may take: flat index, object, and ρ at scale 1.

    Indices are those of a field with a frame, so that no object reaches beyond.
    """

    shape: tuple[int, int]
    frame: int
    pixel: np.ndarray
    owner: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(
        cls,
        shape: tuple[int, int],
        centres: np.ndarray,
        radii: np.ndarray,
        within: np.ndarray | None,
    ) -> "_Pairs":
        reach = radii.max(1, initial=0) * _MOST_GROWTH
        frame = int(np.ceil(reach.max(initial=0))) + 1
        # Offsets from a middle, the nearest first: an object takes those within its reach.
        down, right = (part.ravel() for part in np.mgrid[-frame : frame + 1, -frame : frame + 1])
        far = np.hypot(down, right)
        order = np.argsort(far, kind="stable")[: np.count_nonzero(far <= frame)]
        down, right, far = down[order], right[order], far[order].astype(np.float32)
        turn = np.arctan2(down, right) * (ANGLES / (2 * np.pi))
        direction = np.rint(turn).astype(np.int32) % ANGLES
        counts = np.searchsorted(far, reach, side="right")
        owner = np.repeat(np.arange(len(centres), dtype=np.int32), counts)
        starts = np.repeat((np.cumsum(counts) - counts).astype(np.int32), counts)
        offset = np.arange(len(owner), dtype=np.int32) - starts
        depth = far[offset] / radii.ravel()[owner * np.int32(ANGLES) + direction[offset]]
        near = np.flatnonzero(depth <= _MOST_GROWTH)
        owner, offset = owner[near], offset[near]
        width = shape[1] + 2 * frame
        # Middles are rounded to pixels, which moves an object by at most half of one.
        middle = np.clip(np.rint(centres).astype(np.int64), 0, np.array(shape) - 1) + frame
        flat = (middle[:, 0] * width + middle[:, 1]).astype(np.int32)
        pixel = flat[owner] + (down * width + right).astype(np.int32)[offset]
        pairs = cls(shape, frame, pixel, owner, depth[near])
        return pairs if within is None else pairs._inside(within)

    def _inside(self, within: np.ndarray) -> "_Pairs":
        """Return the pixels of each object that are given to it."""
        given = np.pad(within, self.frame).ravel()[self.pixel] == self.owner + 1
        parts = (part[given] for part in (self.pixel, self.owner, self.depth))
        return _Pairs(self.shape, self.frame, *parts)

    def nearest(self, scale: np.ndarray, up_to: float = 1.0) -> np.ndarray:
        """Return the owner of each pixel plus 1, int32 (Y, X): that with the least ρ, if any has
        one of at most `up_to`."""
        height, width = (side + 2 * self.frame for side in self.shape)
        depth = self.depth * (1 / scale).astype(np.float32)[self.owner]
        best = np.full(height * width, up_to, np.float32)
        np.minimum.at(best, self.pixel, depth)
        wins = np.flatnonzero(depth <= best[self.pixel])
        labels = np.zeros(len(best), np.int32)
        labels[self.pixel[wins]] = self.owner[wins] + 1
        inside = np.s_[self.frame : height - self.frame, self.frame : width - self.frame]
        return labels.reshape(height, width)[inside]


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
