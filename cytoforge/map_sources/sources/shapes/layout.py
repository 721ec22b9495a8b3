"""Points laid out by a pair potential: a Gibbs process, drawn on a grid by a heat bath.

The density of a point at x beside the others at x_j is exp(-Σ φ(|x - x_j|)). On a grid the sum is a
convolution of the number of points per grid cell with φ. A step takes some points away, computes
the sum of the others for all grid cells at once by FFT, and lays the points out again, each with
the probability of its place. Opposite sides of the area touch.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.spatial import cKDTree

# Points are laid out in as many portions, then laid out again: some rounds of a fifteenth, in which
# they find their places, and of a fortieth, in which none disturbs another.
_PORTIONS, _ROUNDS = 12, ((15, 45), (40, 30))
# Then points that are nearer than others ever are, which were laid out at once: their energy.
_TOO_NEAR, _REPAIRS = 2.5, 20


@dataclass(frozen=True)
class Potential:
    """A pair potential.

    Attributes
    ----------
    step_px : width of the bins, and side of the grid cells
    energies : float64 (k,), φ in the middle of each bin; beyond the last it is 0
    """

    step_px: float
    energies: np.ndarray

    @property
    def reach_px(self) -> float:
        """The distance from which on points do not know of each other."""
        return self.step_px * len(self.energies)

    def at(self, distance: np.ndarray) -> np.ndarray:
        """Return φ at distances in px, linear between bins."""
        middles = (np.arange(len(self.energies) + 1) + 0.5) * self.step_px
        values: np.ndarray = np.interp(distance, middles, np.append(self.energies, 0.0))
        return values


def grid_shape(shape_px: tuple[float, float], step_px: float) -> tuple[int, int]:
    """Return the smallest grid that covers an area and whose sides an FFT is fast with."""
    rows, cols = (fft.next_fast_len(int(np.ceil(side / step_px)), real=True) for side in shape_px)
    return rows, cols


def lay_out(
    count: int,
    grid: tuple[int, int],
    potential: Potential,
    random: np.random.Generator,
    allowed: np.ndarray | None = None,
) -> np.ndarray:
    """Return points, float64 (count, 2), row and column in px.

    Parameters
    ----------
    grid : cells of `potential.step_px` in both directions
    allowed : bool, of that shape: where points may lie. None: everywhere
    """
    if count == 0:
        return np.zeros((0, 2))
    bath = _HeatBath.of(grid, potential, random, allowed)
    cells = np.zeros(0, np.int64)
    for portion in np.array_split(np.arange(count), min(_PORTIONS, count)):
        cells = np.append(cells, bath.lay(len(portion), cells))
    for part, rounds in _ROUNDS:
        for _ in range(rounds):
            again = random.permutation(count)[: max(count // part, 1)]
            others = np.delete(cells, again)
            cells[again] = bath.lay(len(again), others)
    within = random.random((count, 2))
    for _ in range(_REPAIRS):
        again = _too_near(cells, within, grid, potential)
        if not len(again):
            break
        cells[again] = bath.lay(len(again), np.delete(cells, again))
    return _points(cells, within, grid, potential.step_px)


def _points(
    cells: np.ndarray, within: np.ndarray, grid: tuple[int, int], step_px: float
) -> np.ndarray:
    points: np.ndarray = (np.stack(np.divmod(cells, grid[1]), 1) + within) * step_px
    return points


def _too_near(
    cells: np.ndarray, within: np.ndarray, grid: tuple[int, int], potential: Potential
) -> np.ndarray:
    """Return one point of each pair whose distance is in the core of the potential."""
    high = np.flatnonzero(potential.energies >= _TOO_NEAR)
    if not len(high):
        return high
    points = _points(cells, within, grid, potential.step_px)
    sides = np.array(grid) * potential.step_px
    pairs = cKDTree(points, boxsize=sides).query_pairs(
        (high[-1] + 0.5) * potential.step_px, output_type="ndarray"
    )
    return np.unique(pairs[:, 1])


@dataclass(frozen=True)
class _HeatBath:
    grid: tuple[int, int]
    kernel: np.ndarray
    random: np.random.Generator
    forbidden: np.ndarray | None

    @classmethod
    def of(
        cls,
        grid: tuple[int, int],
        potential: Potential,
        random: np.random.Generator,
        allowed: np.ndarray | None,
    ) -> "_HeatBath":
        away = [np.minimum(np.arange(n), n - np.arange(n)) * potential.step_px for n in grid]
        distance = np.hypot(*np.meshgrid(*away, indexing="ij"))
        kernel = fft.rfft2(potential.at(distance).astype(np.float32))
        return cls(grid, kernel, random, None if allowed is None else ~allowed.ravel())

    def lay(self, count: int, others: np.ndarray) -> np.ndarray:
        """Return grid cells for points, drawn beside others; int64 (count,)."""
        occupied = np.bincount(others, minlength=self.grid[0] * self.grid[1])
        counts = occupied.reshape(self.grid).astype(np.float32)
        energy = fft.irfft2(fft.rfft2(counts) * self.kernel, s=self.grid).ravel()
        weight = np.exp(np.minimum(energy.min() - energy, 0.0), dtype=np.float64)
        if self.forbidden is not None:
            weight[self.forbidden] = 0.0
        total = np.cumsum(weight)
        drawn = np.searchsorted(total, self.random.random(count) * total[-1], side="right")
        return np.minimum(drawn, len(total) - 1)
