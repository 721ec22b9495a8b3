"""The pixels in and around objects, and how deep in each they lie.

Sixteen coefficients seen from one point are rounder than cells are, and smoother than nuclei: so an
outline is drawn from the pixels of a training object. ρ is 0 where that is deepest, less than 1
inside, more outside: 1 - signed distance from the border / the greatest distance inside. What a
drawn outline has more or less than the training object's divides ρ by direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.special import ndtri

from cytoforge.map_sources.sources.shapes.outlines import ANGLES

MOST_DEPTH = 1.4
"""Objects grow up to this ρ where neighbours take of them."""
# ρ in a byte.
_STEPS = 180
# A ring of pixels at one distance would be gained or lost at once: distances stray by less than
# half a pixel, as far as the border does of the blurred object.
_STRAY_PX, _BLUR_PX = 0.45, 1.0
# An object keeps what lies in it and so much around that: ρ is at most this there.
_KEPT, _KEPT_PX = 0.5, 2.5


@dataclass(frozen=True)
class Pixels:
    """Pixels that objects may take, those of one object beside each other.

    count : n, of objects
    owner : int32 (p,), 0 to n - 1; row, col : int32 (p,), from the object's middle
    depth : float32 (p,), ρ
    """

    count: int
    owner: np.ndarray
    row: np.ndarray
    col: np.ndarray
    depth: np.ndarray


def joined(parts: Sequence[Pixels]) -> Pixels:
    """Return the pixels of several groups of objects, numbered one group after the other."""
    owners, before = [np.zeros(0, np.int32)], 0
    for part in parts:
        owners.append(part.owner + np.int32(before))
        before += part.count
    others = (
        np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])
        for name, kind in (("row", np.int32), ("col", np.int32), ("depth", np.float32))
    )
    return Pixels(before, np.concatenate(owners), *others)


@dataclass(frozen=True)
class Depths:
    """Pixels of training objects.

    start : int64 (n + 1,), where the pixels of each begin
    row, col : int16 (p,), from the middle, as the objects lay; direction : uint8 (p,), in steps of
    2π / ANGLES from x to y; depth : uint8 (p,), ρ in steps of 1 / 180
    """

    start: np.ndarray
    row: np.ndarray
    col: np.ndarray
    direction: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(
        cls,
        labels: np.ndarray,
        ids: np.ndarray,
        middles: np.ndarray,
        inner: np.ndarray | None = None,
    ) -> "Depths":
        """Return the pixels of objects of a label map (Y, X), ids in rising order.

        middles : float64 (n, 2), row and column of the pixel that others are counted from
        inner : labels of what lies in objects, of the same ids

        Of an id that no pixel has there are none.
        """
        boxes = ndimage.find_objects(labels)
        parts = [(np.zeros(0),) * 3]
        for number, middle in zip(ids, np.rint(middles).astype(np.int64), strict=True):
            box = boxes[number - 1] if number <= len(boxes) else None
            parts.append(parts[0] if box is None else _pixels(labels, number, box, middle, inner))
        start = np.cumsum([len(row) for row, _, _ in parts])
        row, col, depth = (np.concatenate(values) for values in zip(*parts, strict=True))
        direction = np.rint(np.arctan2(row, col) * (ANGLES / (2 * np.pi))).astype(np.int64)
        return cls(
            start.astype(np.int64),
            row.astype(np.int16),
            col.astype(np.int16),
            (direction % ANGLES).astype(np.uint8),
            depth.astype(np.uint8),
        )

    def take(self, chosen: np.ndarray) -> "Depths":
        """Return the pixels of some of the objects, int64 (m,)."""
        at, counts = self._at(chosen)
        parts = (part[at] for part in (self.row, self.col, self.direction, self.depth))
        return Depths(np.concatenate([[0], np.cumsum(counts)]), *parts)

    def drawn(self, chosen: np.ndarray, wider: np.ndarray) -> Pixels:
        """Return the pixels of objects that are drawn like training objects.

        chosen : int64 (m,), which training object each is like
        wider : float32 (m, ANGLES), how much further it reaches in each direction than that one
        """
        at, counts = self._at(chosen)
        owner = np.repeat(np.arange(len(chosen), dtype=np.int32), counts)
        by = wider.astype(np.float32).ravel()[owner * np.int32(ANGLES) + self.direction[at]]
        depth = self.depth[at] / (by * np.float32(_STEPS))
        return Pixels(
            len(chosen), owner, self.row[at].astype(np.int32), self.col[at].astype(np.int32), depth
        )

    def _at(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices of the pixels of some objects in turn, and how many each has."""
        counts = np.diff(self.start)[chosen]
        before = np.cumsum(counts) - counts
        at = np.arange(int(counts.sum())) + np.repeat(self.start[chosen] - before, counts)
        return at, counts

    @classmethod
    def joined(cls, parts: "Sequence[Depths]") -> "Depths":
        """Return the objects of several fields, one after the other."""
        counts = np.concatenate([np.diff(part.start) for part in parts])
        named = ("row", "col", "direction", "depth")
        values = (np.concatenate([getattr(part, name) for part in parts]) for name in named)
        return cls(np.concatenate([[0], np.cumsum(counts)]), *values)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Return what is stored, by name."""
        return {f"{prefix}_{key}": value for key, value in vars(self).items()}

    @classmethod
    def stored(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> "Depths":
        """Return the pixels of `arrays`."""
        names = ("start", "row", "col", "direction", "depth")
        return cls(*(arrays[f"{prefix}_{key}"] for key in names))


def _pixels(
    labels: np.ndarray,
    number: np.int64,
    box: tuple[slice, slice],
    middle: np.ndarray,
    inner: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and ρ in steps of the pixels of an object up to `MOST_DEPTH`."""
    own = labels[box] == number
    around = int(np.ceil((MOST_DEPTH - 1) * min(own.shape) / 2)) + 2
    own = np.pad(own, around)
    distance = _signed_distance(own)
    greatest = float(distance.max())
    stray = _stray(own, distance)
    depth = 1 - (distance + stray) / (greatest + _STRAY_PX)
    if inner is not None:
        lies = np.pad(inner[box] == number, around)
        if lies.any():
            within = _signed_distance(lies) + _KEPT_PX
            kept = _KEPT * (1 - within / within.max())
            depth = np.where(own & (within > 0), np.minimum(depth, kept), depth)
    # Rounded to steps, the border stays where it is.
    steps = np.where(own, np.clip(np.rint(depth * _STEPS), 0, _STEPS), np.floor(depth * _STEPS) + 1)
    row, col = np.nonzero(steps <= MOST_DEPTH * _STEPS)
    corner = np.array([part.start for part in box]) - around - middle
    return row + corner[0], col + corner[1], steps[row, col]


def _stray(own: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return by how much distances differ beside a border that is not a staircase of pixels."""
    blurred = ndimage.gaussian_filter(own.astype(np.float64), _BLUR_PX)
    # Of a straight border the blurred object is Φ(distance / σ).
    smooth = _BLUR_PX * ndtri(np.clip(blurred, 1e-6, 1 - 1e-6))
    stray: np.ndarray = np.clip(smooth - distance, -_STRAY_PX, _STRAY_PX)
    return stray


def _signed_distance(own: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from the border, px: positive inside, at least half a pixel."""
    inside, outside = (ndimage.distance_transform_edt(part) for part in (own, ~own))
    signed: np.ndarray = np.where(own, inside - 0.5, 0.5 - outside)
    return signed
