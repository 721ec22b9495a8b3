"""Connected pieces of a mask by its runs, the stretches of a row that belong to it, of which a mask
of nuclei has a hundredth as many as pixels."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Runs:
    """The runs of a mask (Y, X), row by row.

    Attributes
    ----------
    shape : of the mask
    first, after : of each run, its first pixel and the one after its last, in the raveled mask
    piece : of each run, the number of its piece, whose pixels are connected by their sides: 1, 2, …
        in the order of their first pixels
    """

    shape: tuple[int, int]
    first: np.ndarray
    after: np.ndarray
    piece: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Pixels of each run."""
        return self.after - self.first

    def large(self, least_px: int) -> "Runs":
        """Return the runs of pieces of at least so many pixels, numbered as before."""
        return self.some(np.bincount(self.piece, self.lengths)[self.piece] >= least_px)

    def some(self, which: np.ndarray) -> "Runs":
        """Return some of the runs, by numbers or bool (n,)."""
        return replace(
            self, first=self.first[which], after=self.after[which], piece=self.piece[which]
        )

    def pixels(self) -> np.ndarray:
        """Return the places of all pixels in the raveled mask, run by run."""
        return _counted_on(self.first, self.lengths)

    def rows(self) -> np.ndarray:
        """Return the row of each pixel."""
        return (self.first // self.shape[1]).repeat(self.lengths)

    def picture_of(self, values: np.ndarray) -> np.ndarray:
        """Return a picture of a value for each run, 0 beside them, of the values' type; for runs in
        the order in which they lie."""
        bounds = np.stack([self.first, self.after], 1).ravel()
        stretches = np.diff(bounds, prepend=0, append=self.shape[0] * self.shape[1])
        between = np.zeros(len(stretches), values.dtype)
        between[1::2] = values
        picture: np.ndarray = between.repeat(stretches).reshape(self.shape)
        return picture

    def touching(self, other: "Runs", lower: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of runs of both that share a column in the same row, or in a row of
        the other that is `lower` rows further down."""
        down = lower * self.shape[1]
        low = np.searchsorted(other.after, self.first + down, "right")
        count = np.searchsorted(other.first, self.after + down, "left") - low
        return np.arange(len(count)).repeat(count), _counted_on(low, count)


def _counted_on(start: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return each start and the numbers that follow it.

    >>> _counted_on(np.array([7, 3]), np.array([3, 2])).tolist()
    [7, 8, 9, 3, 4]
    """
    before = np.cumsum(count) - count
    numbers: np.ndarray = np.arange(count.sum()) + (start - before).repeat(count)
    return numbers


def runs_of(mask: np.ndarray) -> Runs:
    """Return the runs of a mask, bool (Y, X)."""
    height, width = mask.shape
    # A column of False between the rows ends their runs.
    line = np.zeros(1 + height * (width + 1), bool)
    line[1:].reshape(height, width + 1)[:, :width] = mask
    changes = np.flatnonzero(line[1:] != line[:-1])
    bounds = changes - changes // (width + 1)
    unnumbered = Runs((height, width), bounds[::2], bounds[1::2], np.zeros(len(bounds) // 2, int))
    upper, lower = unnumbered.touching(unnumbered, 1)
    count = len(unnumbered.first)
    touch = coo_array((np.ones(len(upper), bool), (upper, lower)), shape=(count, count))
    return replace(unnumbered, piece=connected_components(touch, directed=False)[1] + 1)
