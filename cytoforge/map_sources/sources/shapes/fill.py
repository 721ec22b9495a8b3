"""From outlines to labels: where objects touch, the border lies between them (bounded Voronoi).

Each pixel belongs to the object in which it lies deepest: to the one with the least ρ
(`depths.py`), where that is at most 1. Alone, an object keeps its outline; of two that overlap the
border is where both ρ are equal.
"""

from dataclasses import dataclass, replace

import numpy as np
from skimage.measure import label

from cytoforge.map_sources.sources.shapes.depths import MOST_DEPTH, Pixels
from cytoforge.references.rims import dilate, rims

_STEPS = 3
_NEARLY = 0.04
# Of two objects that overlap one keeps more of its outline than the other, but for their deep
# pixels, which neither loses: what ρ has beyond these counts up to exp(±) as much.
_UNEVEN, _DEEP, _GOLDEN = 1.4, 0.5, (5**0.5 - 1) / 2
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
    pixels: Pixels,
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
    pixels : that each may take
    wanted : float64 (n,), px² of each object where the field's edge does not cut it
    smallest : objects with fewer pixels are dropped
    within : int32 (Y, X): object i takes pixels of i + 1 only. None: any
    """
    pairs = _Pairs.of(shape, centres, pixels, within)
    scale, inside = np.ones(len(centres)), _uncut(shape, centres, pixels)
    labels = pairs.nearest(scale)
    for _ in range(_STEPS):
        area = np.bincount(labels.ravel(), minlength=len(centres) + 1)[1:]
        ratio = np.sqrt(wanted / np.maximum(area, 1))
        # A cut object has the scale of the others: its area says nothing.
        common = np.median(ratio[inside & (area > 0)]) if (inside & (area > 0)).any() else 1.0
        ratio = np.where(inside, ratio, common)
        # Borders that are nearly right stay as they are, to the pixel.
        ratio[np.abs(ratio - 1) < _NEARLY] = 1.0
        scale = np.clip(scale * ratio, 0.5, MOST_DEPTH)
        labels = pairs.nearest(scale)
    if within is None:
        slits = _slits(labels)
        labels[slits] = pairs.of_pixels(slits).nearest(scale, MOST_DEPTH)[slits]
    return _cleaned(labels, smallest, len(centres), inside)


def _slits(labels: np.ndarray) -> np.ndarray:
    """Return where free ground between two objects is narrower than twice the width of slits, bool
    (Y, X); an inlet of one object is its own."""
    free = labels == 0
    slits: np.ndarray = free & ~dilate(~dilate(~free, _SLIT_PX), _SLIT_PX)
    padded = np.pad(labels, _SLIT_PX)
    places = np.flatnonzero(np.pad(slits, _SLIT_PX))
    line = np.arange(-_SLIT_PX, _SLIT_PX + 1)
    window = (line[:, None] * padded.shape[1] + line).ravel()
    near = padded.ravel()[places[:, None] + window]  # (p, 25)
    highest = near.max(1)
    between = ((near > 0) & (near != highest[:, None])).any(1)
    slits[slits] = between
    return slits


def near_border(labels: np.ndarray) -> np.ndarray:
    """Return where an object is within a pixel of its rim, bool (Y, X): a ring of two pixels."""
    ring: np.ndarray = dilate(rims(labels), 1) & (labels > 0)
    return ring


def _uncut(shape: tuple[int, int], centres: np.ndarray, pixels: Pixels) -> np.ndarray:
    """Return which objects lie wholly within the field, bool (n,)."""
    inside = np.ones(len(centres), bool)
    own = pixels.depth <= 1
    owner = pixels.owner[own]
    for axis, offset in enumerate((pixels.row, pixels.col)):
        at = np.rint(centres[:, axis]).astype(np.int32)[owner] + offset[own]
        inside[owner[(at < 0) | (at >= shape[axis])]] = False
    return inside


@dataclass(frozen=True)
class _Pairs:
    """All pixels that each object may take: flat index, object, and ρ at scale 1; `alone`: each
    pixel is of one object only.

    Indices are those of a field with a frame, so that no object reaches beyond.
    """

    shape: tuple[int, int]
    frame: int
    pixel: np.ndarray
    owner: np.ndarray
    depth: np.ndarray
    weak: np.ndarray
    alone: bool = False

    @classmethod
    def of(
        cls,
        shape: tuple[int, int],
        centres: np.ndarray,
        pixels: Pixels,
        within: np.ndarray | None,
    ) -> "_Pairs":
        reach = (int(np.abs(part).max(initial=0)) for part in (pixels.row, pixels.col))
        frame, near = max(reach) + 1, np.flatnonzero(pixels.depth <= MOST_DEPTH)
        width = shape[1] + 2 * frame
        # Middles are rounded to pixels, which moves an object by at most half of one.
        middle = np.clip(np.rint(centres).astype(np.int64), 0, np.array(shape) - 1) + frame
        flat = (middle[:, 0] * width + middle[:, 1]).astype(np.int32)
        owner = pixels.owner[near]
        pixel = flat[owner] + pixels.row[near] * np.int32(width) + pixels.col[near]
        # By turns of the golden ratio: more even than chance.
        turn = (np.arange(len(centres)) * _GOLDEN) % 1
        weak = np.exp(_UNEVEN * (2 * turn - 1)).astype(np.float32)
        pairs = cls(shape, frame, pixel, owner, pixels.depth[near], weak)
        return pairs if within is None else replace(pairs._given(within), alone=True)

    def _given(self, within: np.ndarray) -> "_Pairs":
        """Return the pixels of each object that are given to it."""
        return self._some(np.pad(within, self.frame).ravel()[self.pixel] == self.owner + 1)

    def of_pixels(self, chosen: np.ndarray) -> "_Pairs":
        """Return the pairs of some pixels of the field, bool (Y, X)."""
        return self._some(np.pad(chosen, self.frame).ravel()[self.pixel])

    def _some(self, chosen: np.ndarray) -> "_Pairs":
        at = np.flatnonzero(chosen)
        pixel, owner, depth = (part[at] for part in (self.pixel, self.owner, self.depth))
        return replace(self, pixel=pixel, owner=owner, depth=depth)

    def nearest(self, scale: np.ndarray, up_to: float = 1.0) -> np.ndarray:
        """Return the owner of each pixel plus 1, int32 (Y, X): that with the least ρ, if any has
        one of at most `up_to`."""
        height, width = (side + 2 * self.frame for side in self.shape)
        depth = self.depth * (1 / scale).astype(np.float32)[self.owner]
        near = np.flatnonzero(depth <= up_to)
        pixel, owner = self.pixel[near], self.owner[near]
        depth = depth[near]
        if not self.alone:
            depth = np.where(depth < _DEEP, depth, _DEEP + (depth - _DEEP) * self.weak[owner])
            best = np.full(height * width, np.inf, np.float32)
            np.minimum.at(best, pixel, depth)
            wins = np.flatnonzero(depth <= best[pixel])
            pixel, owner = pixel[wins], owner[wins]
        labels = np.zeros(height * width, np.int32)
        labels[pixel] = owner + 1
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
