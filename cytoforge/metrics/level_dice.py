"""Dice of the levels of label maps from counts of their pixels, and the mean over levels."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import Pooled

COUNTS = ["both", "pixels", "found"]
PIXELS = COUNTS.index("pixels")
MEAN_CODE, MEAN_NAME = -1, "mean of levels"
NONE_SHARED = "undefined: no level occurs in the label maps of every image"


def counts_by(table: pd.DataFrame, column: str, codes: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the counts (codes, 3) of each value of a column, image or group, in their order."""
    sums = table.groupby([column, "code"])[COUNTS].sum()
    names = sorted(set(table[column]))
    return {
        name: sums.loc[name].reindex(codes, fill_value=0).to_numpy(np.float64) for name in names
    }


def shared_codes(counts: np.ndarray) -> np.ndarray:
    """Return which codes of counts (units, codes, 3) every unit's label maps have, (codes,) bool.

    >>> shared_codes(np.array([[[6, 8, 8], [0, 0, 5]], [[1, 2, 3], [4, 5, 6]]])).tolist()
    [True, False]
    """
    given: np.ndarray = counts[..., PIXELS] > 0
    return np.asarray(given.all(0))


def dice(counts: np.ndarray) -> np.ndarray:
    """Return Dice of counts (..., 3) of pixels (both, given, found); NaN where none was given.

    >>> dice(np.array([[6.0, 8, 8], [0, 0, 5]])).tolist()
    [0.75, nan]
    """
    both, pixels, found = np.moveaxis(counts, -1, 0)
    return np.where(pixels > 0, 2 * both / np.maximum(pixels + found, 1), np.nan)


DICE = Pooled(dice, lambda counts: counts[..., PIXELS:].sum(-1), 0.0, 1.0)
MEAN_DICE = Pooled(
    lambda counts: dice(counts).mean(-1), lambda counts: counts[..., PIXELS].sum(-1), 0.0, 1.0
)
