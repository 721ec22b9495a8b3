"""What is where in a patch, whatever its style: reduced patches, and which resemble one another.

Two patches are compared by the correlation of what is left at 8 × 8 places. A generator's own
style (sharpness, noise, brightness, contrast) is gone at that size and what was copied is not.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

PLACES = 8
# Training turns and flips tiles: a copy may come back in any of the eight symmetries of a square.
SYMMETRIES = tuple((turns, flipped) for flipped in (False, True) for turns in range(4))


@dataclass(frozen=True)
class Alike:
    """For each patch: the highest correlation with others, with which, and in which symmetry."""

    correlation: np.ndarray
    index: np.ndarray
    symmetry: np.ndarray


def reduced(unit: np.ndarray) -> np.ndarray:
    """Return patches (n, C, P, P) averaged to (n, C, 8, 8), float64; P is at least 8."""
    edges = np.arange(PLACES) * unit.shape[-1] // PLACES
    sums = np.add.reduceat(np.add.reduceat(unit.astype(np.float64), edges, -1), edges, -2)
    sides = np.diff([*edges, unit.shape[-1]])
    return sums / np.outer(sides, sides)


def most_alike(small: np.ndarray, others: np.ndarray, allowed: np.ndarray) -> Alike:
    """Find for each reduced patch (n, C, 8, 8) the most alike of `others` (m, C, 8, 8), turned and
    flipped in every way.

    allowed : (n, m) bool, which may be compared; where none may, the correlation is -1
    """
    n = len(small)
    best = Alike(np.full(n, -1.0), np.zeros(n, np.intp), np.full(n, "", object))
    known = _unit_length(others)
    for turns, flipped in SYMMETRIES:
        view = np.rot90(small, turns, (-2, -1))
        alike = _unit_length(view[..., ::-1] if flipped else view) @ known.T
        alike[~allowed] = -1
        index = alike.argmax(1)
        found = alike[np.arange(n), index]
        closer = found > best.correlation
        best.correlation[closer], best.index[closer] = found[closer], index[closer]
        best.symmetry[closer] = f"{90 * turns}°" + (", flipped" if flipped else "")
    return best


def _unit_length(small: np.ndarray) -> np.ndarray:
    """Return rows whose products are correlations, (n, C * 64); of a flat patch all 0."""
    rows = small.reshape(len(small), -1)
    rows = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-12)


def pieces(unit: np.ndarray, side_px: int) -> np.ndarray:
    """Cut patches (n, C, P, P) into a grid without overlap: (n * k², C, side, side)."""
    n, channels, side = unit.shape[:3]
    k = side // side_px
    grid = unit[..., : k * side_px, : k * side_px].reshape(n, channels, k, side_px, k, side_px)
    return grid.transpose(0, 2, 4, 1, 3, 5).reshape(n * k * k, channels, side_px, side_px)


def pieces_ids(ids: pd.DataFrame, patch_px: int, side_px: int) -> pd.DataFrame:
    """Return the positions (image, row, col) of `pieces`, in their order."""
    k = patch_px // side_px
    table = ids[["image", "row", "col"]].loc[ids.index.repeat(k * k)].reset_index(drop=True)
    down, across = np.divmod(np.tile(np.arange(k * k), len(ids)), k)
    return table.assign(row=table["row"] + down * side_px, col=table["col"] + across * side_px)


def overlap(a: pd.DataFrame, b: pd.DataFrame, side_px: int) -> np.ndarray:
    """Return which patches at positions `a` and `b` share pixels, bool (len(a), len(b))."""

    def near(column: str) -> np.ndarray:
        one, other = a[column].to_numpy(int), b[column].to_numpy(int)
        return np.asarray(np.abs(one[:, None] - other) < side_px)

    same = a["image"].to_numpy(str)[:, None] == b["image"].to_numpy(str)
    return same & near("row") & near("col")
