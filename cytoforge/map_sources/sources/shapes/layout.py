"""Points laid out by a pair potential: a Gibbs process, drawn on a grid by a heat bath.

The density of a point at x beside the others at x_j is exp(-Σ φ(|x - x_j|)). On a grid the sum is a
convolution of the number of points per grid cell with φ. A step takes some points away, computes
the sum of the others for all grid cells at once by FFT, and lays the points out again, each with
the probability of its place. Opposite sides of the area touch.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

# Points are laid out in as many portions, then laid out again: some rounds of a twelfth, in which
# they find their places, and of a thirtieth, in which none disturbs another.
_PORTIONS, _ROUNDS = 10, ((12, 30), (30, 25))
# Energy of pairs that are too near, and how often such points are drawn again.
_TOO_NEAR, _AGAIN = 1.5, 2


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
    places = np.stack(np.divmod(cells, grid[1]), 1) + random.random((count, 2))
    points: np.ndarray = places * potential.step_px
    return points


@dataclass(frozen=True)
class _HeatBath:
    grid: tuple[int, int]
    kernel: np.ndarray
    core: float
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
        high = np.flatnonzero(potential.energies >= _TOO_NEAR)
        core = high[-1] + 1.0 if len(high) else 0.0
        return cls(grid, kernel, core, random, None if allowed is None else ~allowed)

    def lay(self, count: int, others: np.ndarray) -> np.ndarray:
        """Return grid cells for points, drawn beside others; int64 (count,).

        They are drawn at once, not knowing of each other; of those that came too near to one before
        them, all are drawn again beside the rest.
        """
        laid = np.zeros(0, np.int64)
        for _ in range(_AGAIN):
            drawn = self._draw(count - len(laid), np.append(others, laid))
            laid = np.append(laid, drawn[self._apart(drawn)])
            if len(laid) == count:
                return laid
        return np.append(laid, self._draw(count - len(laid), np.append(others, laid)))

    def _draw(self, count: int, others: np.ndarray) -> np.ndarray:
        occupied = np.bincount(others, minlength=self.grid[0] * self.grid[1])
        counts = occupied.reshape(self.grid).astype(np.float32)
        energy = fft.irfft2(fft.rfft2(counts) * self.kernel, s=self.grid)
        weight = np.exp(energy.min() - energy)
        if self.forbidden is not None:
            weight[self.forbidden] = 0.0
        # A row by the sum of each, then a place in it: sums of all cells in turn took a third.
        of_rows = np.cumsum(weight.sum(1, dtype=np.float64))
        at = self.random.random((2, count))
        rows = np.searchsorted(of_rows, at[0] * of_rows[-1], side="right").clip(max=len(counts) - 1)
        within = np.cumsum(weight[rows], axis=1, dtype=np.float64)  # (count, W)
        cols = (within <= (at[1] * within[:, -1])[:, None]).sum(1).clip(max=counts.shape[1] - 1)
        drawn: np.ndarray = rows * counts.shape[1] + cols
        return drawn

    def _apart(self, cells: np.ndarray) -> np.ndarray:
        """Return which cells have no earlier one in their core, bool (n,)."""
        places = np.stack(np.divmod(cells, self.grid[1]), 1)
        away = np.abs(places[:, None] - places[None])  # (n, n, 2)
        away = np.minimum(away, np.array(self.grid) - away)
        near = (away**2).sum(2) < self.core**2
        apart: np.ndarray = ~np.tril(near, -1).any(1)
        return apart
