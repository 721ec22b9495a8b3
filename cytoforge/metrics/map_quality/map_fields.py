"""Label maps to be judged: drawn ones and regions of real ones, with the objects that they show.

Fields of any size are compared: what is measured per place is measured in windows of one side, and
what is measured per object is weighted by how seldom a field of its size shows one so large whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.seeds import generator

MOST_MAPS = 32
"""Of each series; more would take minutes and say the same."""


@dataclass(frozen=True)
class MapField:
    """A label map, or a region of one.

    Attributes
    ----------
    unit : what was drawn independently: the map; of real maps the image, or what the split keeps
        together
    labels : codes, uint8 (Y, X)
    objects : instance labels by name, int32 (Y, X); first those that lie in no others, e.g. cells
    dropped : objects that its source dropped in cleaning, None where it does not say
    """

    name: str
    unit: str
    labels: np.ndarray
    objects: Mapping[str, np.ndarray]
    dropped: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return self.labels.shape[0], self.labels.shape[1]


@dataclass(frozen=True)
class Sample:
    """Values of a measure and how much each counts, float64 (n,) both."""

    values: np.ndarray
    weights: np.ndarray

    @property
    def mean(self) -> float:
        """The weighted mean, NaN where there is nothing."""
        total = float(self.weights.sum())
        return float(self.values @ self.weights) / total if total else float("nan")

    @property
    def sd(self) -> float:
        """The weighted SD, NaN where there is nothing."""
        total = float(self.weights.sum())
        if not total:
            return float("nan")
        return float(np.sqrt((self.values - self.mean) ** 2 @ self.weights / total))


def evenly(values: np.ndarray) -> Sample:
    """Return values that count alike."""
    return Sample(values.astype(np.float64), np.ones(len(values)))


def pooled(samples: Sequence[Sample]) -> Sample:
    """Return the values of several fields as one sample."""
    if not samples:
        return evenly(np.zeros(0))
    values = np.concatenate([sample.values for sample in samples])
    return Sample(values, np.concatenate([sample.weights for sample in samples]))


def window_side(fields: Sequence[MapField], wanted_px: int) -> int:
    """Return the side of windows that every field holds, at most `wanted_px`."""
    return min(wanted_px, *(side for field in fields for side in field.shape))


def windows(shape: tuple[int, int], side: int) -> Iterator[tuple[slice, slice]]:
    """Yield as many squares as fit side by side, spread evenly.

    >>> [(rows.start, cols.start) for rows, cols in windows((4, 11), 4)]
    [(0, 0), (0, 7)]
    """
    for row in _starts(shape[0], side):
        for col in _starts(shape[1], side):
            yield slice(row, row + side), slice(col, col + side)


def _starts(length: int, side: int) -> list[int]:
    count = max(length // side, 1)
    return [int(start) for start in np.linspace(0, length - side, count).round()]


def some_of(fields: Sequence[MapField], seed: int, most: int = MOST_MAPS) -> list[MapField]:
    """Return at most so many fields, drawn by seed, in their order."""
    if len(fields) <= most:
        return list(fields)
    chosen = generator(seed, "metrics", "map_quality", "maps").choice(len(fields), most, False)
    return [fields[k] for k in sorted(chosen)]
