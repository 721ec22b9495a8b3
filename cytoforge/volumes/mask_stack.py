"""Masks of volumes slice by slice: kept packed, grown by a ball, and of their pieces the largest.

A CT of 512 × 512 × 600 voxels has 157 million, of which distances in three dimensions take 4 GB.
Here some slices are held at a time, and the voxels are the same.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Distances are compared squared: what lies at a radius exactly must not miss it by rounding.
_ROUNDING = 1 + 1e-9
Planes = Iterable[np.ndarray]
"""Masks, bool (Y, X), in the order of the slices."""


class MaskStack:
    """Masks bool (Y, X) of one size, packed: some kilobytes per slice.

    counts : True voxels of each
    """

    def __init__(self, planes: Planes) -> None:
        self.shape: tuple[int, ...] = (0, 0)
        self.counts: list[int] = []
        self._packed: list[bytes] = []
        for plane in planes:
            self.shape = plane.shape
            self.counts.append(int(np.count_nonzero(plane)))
            self._packed.append(zlib.compress(np.packbits(plane).tobytes(), 1))

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> np.ndarray:
        bits = np.frombuffer(zlib.decompress(self._packed[index]), np.uint8)
        plane = np.unpackbits(bits, count=self.shape[0] * self.shape[1])
        return plane.reshape(self.shape).view(bool)


def near(planes: Planes, zooms_mm: Sequence[float], radius_mm: float) -> Iterator[np.ndarray]:
    """Yield what lies no farther from a mask than a radius; nothing of an empty mask.

    The square of a distance is that to the nearest voxel of a slice, within the slice, plus that
    of the slice: only slices that the radius reaches are held.

    zooms_mm : between slices, rows and columns
    """
    between, *within = zooms_mm
    reach = int(radius_mm / between * _ROUNDING)
    limit = radius_mm**2 * _ROUNDING
    held: deque[np.ndarray | None] = deque([None] * (2 * reach + 1), maxlen=2 * reach + 1)
    shape: tuple[int, ...] = ()
    for place, plane in enumerate(chain(planes, repeat(None, reach))):
        if plane is not None:
            shape = plane.shape
        held.append(None if plane is None else _squared_distances(plane, within))
        if place < reach or not shape:
            continue
        found = np.zeros(shape, bool)
        for offset, squares in enumerate(held, -reach):
            if squares is not None:
                found |= squares <= limit - (offset * between) ** 2
        yield found


def _squared_distances(plane: np.ndarray, within_mm: Sequence[float]) -> np.ndarray | None:
    """Return those to the nearest True within a slice; None where there is none."""
    if not plane.any():
        return None
    distance: np.ndarray = ndimage.distance_transform_edt(~plane, sampling=within_mm)
    return np.square(distance, out=distance)


def opened(mask: MaskStack, zooms_mm: Sequence[float], radius_mm: float) -> Iterator[np.ndarray]:
    """Yield the opening by a ball, exact for any lengths of voxels.

    Voxels at the volume's faces count as if the mask went on.
    """
    ground = (~plane for plane in mask)
    core = (~plane for plane in near(ground, zooms_mm, radius_mm))
    for grown, plane in zip(near(core, zooms_mm, radius_mm), mask, strict=True):
        yield grown & plane


def largest_piece(mask: MaskStack) -> MaskStack:
    """Return the largest piece of voxels that touch one another by their faces."""
    sizes: list[np.ndarray] = []
    touching: list[np.ndarray] = [np.zeros((2, 0), np.int64)]
    start, before = 0, np.zeros(mask.shape, np.int64)
    for numbers, count in map(ndimage.label, mask):
        sizes.append(np.bincount(numbers.ravel(), minlength=count + 1)[1:])
        both = (numbers > 0) & (before > 0)
        pairs = np.unique(before[both] * (count + 1) + numbers[both])
        touching.append(np.stack([pairs // (count + 1) - 1, pairs % (count + 1) - 1 + start]))
        before = np.where(numbers > 0, numbers.astype(np.int64) + start, 0)
        start += count
    if not start:
        return mask
    ends = np.concatenate(touching, axis=1)
    graph = coo_array((np.ones(ends.shape[1], bool), tuple(ends)), shape=(start, start))
    piece = connected_components(graph, directed=False)[1]
    largest = np.bincount(piece, np.concatenate(sizes)).argmax()
    return MaskStack(_of_pieces(mask, np.concatenate([[False], piece == largest])))


def _of_pieces(mask: MaskStack, kept: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the pieces of each slice that are kept; `kept` goes by their number in the volume."""
    start = 0
    for numbers, count in map(ndimage.label, mask):
        yield kept[np.where(numbers > 0, numbers + start, 0)]
        start += count
