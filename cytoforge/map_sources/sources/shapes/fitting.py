"""How objects are turned and moved so that they fit beside each other: cells do not overlap.

Each, some at once, takes that of the eight symmetries of the square in which it overlaps the others
least, then that place nearby: what neighbours cut away is not a cell's outline any more. Overlap is
counted on a coarse grid. Under these symmetries pixels stay pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cytoforge.map_sources.sources.shapes.depths import Pixels

SYMMETRIES = 8
# Columns of a table, and whose each is.
_Own = tuple[np.ndarray, np.ndarray]
# Grid cells across a typical object; how often all are turned, then moved; in how many portions.
_ACROSS, _TURNS, _MOVES, _PORTIONS = 10, 2, 2, 12
# Objects move by at most a grid cell: further, and they would not lie as they were laid out.
_PLACES = np.array([(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)])
# How an object lies: rows of a table, int64 (2, n).
_SYMMETRY, _PLACE = 0, 1
# The deepest pixels, with what lies in an object, count so many times.
_DEEP, _COUNTS = 0.5, 2.0


def laid(pixels: Pixels, symmetry: np.ndarray) -> Pixels:
    """Return the pixels of objects under the symmetry of each, int64 (n,)."""
    row, col = under(pixels.row, pixels.col, symmetry[pixels.owner])
    return replace(pixels, row=row, col=col)


def under(
    row: np.ndarray, col: np.ndarray, symmetry: np.ndarray | np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Return places (p,) about the middle under symmetry 0 to 7 of each (p,): bits for the mirror
    of rows, of columns, and for the exchange of both.

    >>> under(np.array([1]), np.array([2]), np.array([5]))
    (array([2]), array([-1]))
    """
    down = np.where(symmetry & 1, -row, row)
    right = np.where(symmetry & 2, -col, col)
    swap = (symmetry & 4) > 0
    return np.where(swap, right, down), np.where(swap, down, right)


def fitting(
    shape: tuple[int, int],
    centres: np.ndarray,
    pixels: Pixels,
    diameter_px: float,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the symmetry of each object, int64 (n,), and its centre, float64 (n, 2).

    Parameters
    ----------
    centres : float64 (n, 2), row and column in a field of `shape`
    pixels : of the objects as they lay in training
    """
    step = max(round(diameter_px / _ACROSS), 1)
    coarse = _Coarse.of(shape, centres, pixels, step)
    everyone, taken = np.arange(len(centres)), np.zeros(coarse.size)
    lies = np.stack([random.integers(0, SYMMETRIES, len(centres)), np.zeros_like(everyone)])
    coarse.add(taken, coarse.of_objects(everyone), lies, 1.0)
    for changed in [_SYMMETRY] * _TURNS + [_PLACE] * _MOVES:
        overlaps = coarse.turned if changed == _SYMMETRY else coarse.moved
        for some in np.array_split(random.permutation(everyone), _PORTIONS):
            own = coarse.of_objects(some)
            coarse.add(taken, own, lies[:, some], -1.0)
            overlap = overlaps(taken, own, lies[:, some])
            lies[changed, some] = (overlap + random.random(overlap.shape)).argmin(0)
            coarse.add(taken, own, lies[:, some], 1.0)
    return lies[_SYMMETRY], centres + step * _PLACES[lies[_PLACE]]


@dataclass(frozen=True)
class _Coarse:
    """Every so many pixels of each object, as cells of a coarse grid with a frame.

    size : cells of the grid; width : in a row of it
    start : int64 (n + 1,), where those of each object begin
    cells : int64 (8, p), under each symmetry; counts : float64 (p,), how much each counts
    """

    size: int
    width: int
    start: np.ndarray
    cells: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(
        cls, shape: tuple[int, int], centres: np.ndarray, pixels: Pixels, step: int
    ) -> "_Coarse":
        kept = (pixels.depth <= 1) & (pixels.row % step == 0) & (pixels.col % step == 0)
        owner, row, col = (part[kept] for part in (pixels.owner, pixels.row, pixels.col))
        row, col = row // step, col // step
        frame = int(max(np.abs(row).max(initial=0), np.abs(col).max(initial=0))) + 1
        height, width = (side // step + 2 * frame + 3 for side in shape)
        middle = np.clip(centres, 0, np.array(shape) - 1).astype(np.int64) // step + frame + 1
        at = (middle[:, 0] * width + middle[:, 1])[owner]
        turned = (under(row, col, np.int64(k)) for k in range(SYMMETRIES))
        cells = np.stack([at + down * width + right for down, right in turned])
        counts = np.where(pixels.depth[kept] < _DEEP, _COUNTS, 1.0)
        start = np.searchsorted(owner, np.arange(len(centres) + 1))
        return cls(height * width, width, start, cells, counts)

    def of_objects(self, some: np.ndarray) -> _Own:
        """Return the columns of `cells` of some objects in turn, and whose each is."""
        counts = self.start[some + 1] - self.start[some]
        of = np.repeat(np.arange(len(some)), counts)
        before = np.cumsum(counts) - counts
        return np.arange(len(of)) + (self.start[some] - before)[of], of

    def add(self, taken: np.ndarray, some: _Own, lies: np.ndarray, sign: float) -> None:
        """Add to `taken`, or take away from it, some of the objects as they lie."""
        np.add.at(taken, self._cells(some, lies), sign * self.counts[some[0]])

    def turned(self, taken: np.ndarray, some: _Own, lies: np.ndarray) -> np.ndarray:
        """Return what some of the objects would overlap under each symmetry, (8, m)."""
        own, of = some
        moved = self._moves()[lies[_PLACE]][of]
        ways = (self.cells[symmetry, own] + moved for symmetry in range(SYMMETRIES))
        return self._overlap(taken, some, ways, lies.shape[1])

    def moved(self, taken: np.ndarray, some: _Own, lies: np.ndarray) -> np.ndarray:
        """Return what some of the objects would overlap at each place, (9, m)."""
        own, of = some
        middle = self.cells[lies[_SYMMETRY][of], own]
        return self._overlap(taken, some, (middle + by for by in self._moves()), lies.shape[1])

    def _overlap(
        self, taken: np.ndarray, some: _Own, ways: Iterable[np.ndarray], count: int
    ) -> np.ndarray:
        counts = self.counts[some[0]]
        return np.stack([np.bincount(some[1], taken[way] * counts, count) for way in ways])

    def _cells(self, some: _Own, lies: np.ndarray) -> np.ndarray:
        own, of = some
        cells: np.ndarray = self.cells[lies[_SYMMETRY][of], own] + self._moves()[lies[_PLACE]][of]
        return cells

    def _moves(self) -> np.ndarray:
        """Return how far each place is from the middle, in cells of the raveled grid, (9,)."""
        moves: np.ndarray = _PLACES @ np.array([self.width, 1])
        return moves
