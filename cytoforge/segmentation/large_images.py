"""Large images in overlapping blocks, so that a stage needs memory for a block, not for an image.

Images up to `BLOCK_PX` on both sides are one block: nothing changes for them.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cytoforge.segmentation.identity import first_pixels

# A watershed takes 60 bytes per pixel: 1 GB for a block of this side, and 1.7 GB with a halo of
# ten nuclei of 50 px.
BLOCK_PX = 4096


@dataclass(frozen=True)
class Block:
    """A rectangle of an image: `core` is what it answers for, `outer` what it looks at.

    Both are slices of rows and columns of the image.
    """

    core: tuple[slice, slice]
    outer: tuple[slice, slice]

    @property
    def inner(self) -> tuple[slice, slice]:
        """The core as slices of the outer rectangle."""
        rows, cols = (
            slice(core.start - outer.start, core.stop - outer.start)
            for core, outer in zip(self.core, self.outer, strict=True)
        )
        return rows, cols


def blocks(shape: tuple[int, ...], halo_px: float) -> list[Block]:
    """Return blocks whose cores cover an image of `shape` (Y, X), row by row.

    >>> [block.core for block in blocks((4096, 6000), halo_px=100)]
    [(slice(0, 4096, None), slice(0, 3000, None)), (slice(0, 4096, None), slice(3000, 6000, None))]
    >>> blocks((4096, 6000), halo_px=100)[1].outer
    (slice(0, 4096, None), slice(2900, 6000, None))
    """
    halo = math.ceil(halo_px)
    rows, cols = (list(_spans(size, max(BLOCK_PX, 2 * halo))) for size in shape)
    return [
        Block((row, col), (_widened(row, halo, shape[0]), _widened(col, halo, shape[1])))
        for row in rows
        for col in cols
    ]


def thin(array: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return every k-th row of (Y, X): a statistic of a large image needs no more than a block.

    k is 1 for an image of one block; `shape` is the image's, where `array` is a part of it.
    """
    height, width = shape or array.shape
    return array[:: math.ceil(height * width / BLOCK_PX**2)]


def map_blocks(
    function: Callable[..., np.ndarray], halo_px: float, *arrays: np.ndarray
) -> np.ndarray:
    """Return `function` of arrays (Y, X), where a pixel depends on what lies within `halo_px`.

    Parameters
    ----------
    function : of parts of the arrays, (y, x) each, to one array (y, x); its dtype is kept
    halo_px : how far a pixel of the result sees
    """
    shape = arrays[0].shape
    parts = blocks(shape, halo_px)
    if len(parts) == 1:
        return function(*arrays)
    whole: np.ndarray | None = None
    for block in parts:
        result = function(*(array[block.outer] for array in arrays))
        whole = np.empty(shape, result.dtype) if whole is None else whole
        whole[block.core] = result[block.inner]
    assert whole is not None, "an image has at least one block"
    return whole


def find_in_blocks(
    find: Callable[[Block], np.ndarray], parts: list[Block], shape: tuple[int, ...], near_px: float
) -> np.ndarray:
    """Return the objects of an image, integer (Y, X), found block by block; ids in no order.

    An object belongs to the block whose core holds its first pixel. Where two blocks see it a
    little differently both, or neither, could hold it: those that begin up to `near_px` outside
    the core are taken too, unless most of their pixels have been given to another object.
    """
    if len(parts) == 1:
        return find(parts[0])
    whole = np.zeros(shape, np.int32)
    count = 0
    for block in parts:
        count = _add(whole[block.outer], find(block), block, near_px, count)
    return whole


def _add(target: np.ndarray, labels: np.ndarray, block: Block, near_px: float, count: int) -> int:
    """Write a block's objects into its part of the image; return the number of objects so far."""
    first = first_pixels(labels)
    present = first < labels.size
    row, col = np.divmod(first, labels.shape[1])
    for place, core in zip((row, col), block.inner, strict=True):
        present &= (place >= core.start - near_px) & (place < core.stop + near_px)
    free = target == 0
    area = np.bincount(labels.ravel(), minlength=len(first))
    still_free = np.bincount(labels[free], minlength=len(first))
    new = np.flatnonzero(present & (2 * still_free > area))
    ids = np.zeros(len(first), np.int32)
    ids[new] = np.arange(count + 1, count + 1 + len(new))
    np.copyto(target, ids[labels], where=free & (ids[labels] > 0))
    return count + len(new)


def _spans(size: int, longest: int) -> Iterator[slice]:
    count = math.ceil(size / longest)
    edges = [size * part // count for part in range(count + 1)]
    return (slice(low, high) for low, high in pairwise(edges))


def _widened(span: slice, halo: int, size: int) -> slice:
    return slice(max(span.start - halo, 0), min(span.stop + halo, size))
