"""The pair potential whose points have a given pair correlation: iterative Boltzmann inversion.

φ ← φ + α ln(g_drawn / g_wanted), from the repulsion in -ln g_wanted on (Reith, Pütz and
Müller-Plathe 2003, 10.1002/jcc.10307). Of one pair correlation and density there is one potential
(Henderson 1974).
What is compared is drawn as fields will be drawn.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from cytoforge.map_sources.sources.shapes.layout import Potential, grid_shape, lay_out
from cytoforge.map_sources.sources.shapes.pair_correlation import pair_correlation
from cytoforge.seeds import generator

Pattern = tuple[np.ndarray, tuple[int, int]]
# In object diameters: the width of bins, and how far objects know of each other.
_STEP, _REACH = 1 / 8, 6.0
_ITERATIONS, _DRAWS, _GAINS = 18, 2, (0.5, 0.25)
# A step changes no energy by more, times the gain; bins up to this one change as fast.
_MOST, _NEAR = 0.6, 6.0
# g is not known to better than this, and energies beyond these bounds change nothing.
_LEAST, _LOWEST, _HIGHEST = 0.02, -2.0, 8.0
# Side of the area in which the potential is tried out, in object diameters.
_TRIAL = 28.0


def fit_potential(patterns: Sequence[Pattern], diameter_px: float, seed: int) -> Potential:
    """Return the potential that lays out points as those of training fields lie.

    Parameters
    ----------
    patterns : points float64 (n, 2) and the shape of the field, of each
    diameter_px : typical diameter of the objects
    """
    step = diameter_px * _STEP
    reach = min(_REACH * diameter_px, min(min(shape) for _, shape in patterns) / 2)
    edges = np.arange(max(int(reach / step), 4) + 1) * step
    wanted = _smooth(pair_correlation(patterns, edges))
    area = sum(height * width for _, (height, width) in patterns)
    density = sum(len(points) for points, _ in patterns) / area
    grid = grid_shape((_TRIAL * diameter_px,) * 2, step)
    sides = (grid[0] * step, grid[1] * step)
    count = max(round(density * sides[0] * sides[1]), 2)
    energies = _bounded(np.maximum(np.log((1 + _LEAST) / (wanted + _LEAST)), 0.0))
    steps, best, least = _steps(len(energies)), energies, np.inf
    for turn in range(_ITERATIONS):
        potential = Potential(step, energies)
        drawn = [
            (lay_out(count, grid, potential, generator(seed, "layout", turn, trial)), sides)
            for trial in range(_DRAWS)
        ]
        found = _smooth(pair_correlation(drawn, edges, torus=True))
        error = float(np.abs(found - wanted).mean())
        if error < least:
            best, least = energies, error
        change = np.clip(np.log((found + _LEAST) / (wanted + _LEAST)), -_MOST, _MOST)
        gain = _GAINS[0] if turn < _ITERATIONS // 3 else _GAINS[1]
        energies = _bounded(energies + gain * steps * change)
    return Potential(step, best)


def _steps(count: int) -> np.ndarray:
    """Return how far the energy of each bin goes: less the more neighbours there are at that
    distance. Else points that attract each other from far all fall into one heap, and apart
    again."""
    steps: np.ndarray = np.minimum(1.0, _NEAR / (np.arange(count) + 0.5))
    return steps


def _smooth(correlation: np.ndarray) -> np.ndarray:
    """Return g(r) without the noise of few pairs."""
    smoothed: np.ndarray = ndimage.gaussian_filter1d(correlation, 0.7, mode="nearest")
    return smoothed


def _bounded(energies: np.ndarray) -> np.ndarray:
    """Return energies between bounds, which fade to 0 at the reach."""
    fade = np.clip((len(energies) - 0.5 - np.arange(len(energies))) / (0.25 * len(energies)), 0, 1)
    bounded: np.ndarray = np.clip(energies, _LOWEST, _HIGHEST) * fade
    return bounded
