"""How far a made CT is from the real one, as the SynthRAD challenges measure it, and per organ.

Ranges and masks are those of SynthRAD2025's `image_metrics.py`: only voxels of the body count, and
for the signal-to-noise ratio values are clipped to -1024 to 3000 HU. Slices are given one after the
other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log10, nan

import numpy as np

LOWEST, HIGHEST = -1024.0, 3000.0
"""4024 HU, the range of the signal-to-noise ratio."""


class Differences:
    """Differences of two volumes in the body, slice by slice.

    lowest, highest : what values are clipped to for the PSNR; SynthRAD's for HU
    """

    def __init__(self, lowest: float = LOWEST, highest: float = HIGHEST) -> None:
        self.lowest, self.highest = lowest, highest
        self.voxels, self._absolute, self._squares = 0, 0.0, 0.0

    def add(self, made: np.ndarray, real: np.ndarray, body: np.ndarray) -> None:
        """Take a slice.

        made, real : of one shape; body : bool of that shape

        Raises ValueError for other shapes.
        """
        if made.shape != real.shape or body.shape != real.shape:
            raise ValueError(f"shapes {made.shape}, {real.shape} and {body.shape} differ")
        both = [one[body].astype(np.float64) for one in (made, real)]
        clipped = np.subtract(*(np.clip(one, self.lowest, self.highest) for one in both))
        self.voxels += clipped.size
        self._absolute += float(np.abs(np.subtract(*both)).sum())
        self._squares += float(np.square(clipped).sum())

    @property
    def mae(self) -> float:
        """Mean absolute difference in the body, in the volume's unit; NaN without any voxel."""
        return self._absolute / self.voxels if self.voxels else nan

    @property
    def psnr_db(self) -> float:
        """Peak signal-to-noise ratio in the body, in dB, over the range from `lowest` to `highest`.

        10 · log10(range² / mean squared difference); infinite where there is none.
        """
        if not self.voxels:
            return nan
        spread = self.highest - self.lowest
        return 10 * log10(spread**2 * self.voxels / self._squares) if self._squares else inf


@dataclass(frozen=True)
class Organ:
    """The values of one label in a volume.

    Attributes
    ----------
    label : its number
    voxels : how many it has
    mean, sd : of their values; the SD is that of the population
    sd_of_slices : SD of the means of its slices; 0 where it is in one slice only
    """

    label: int
    voxels: int
    mean: float
    sd: float
    sd_of_slices: float


class OrganSums:
    """Sums over the organs of a volume, slice by slice."""

    def __init__(self) -> None:
        # Per label: voxels, sum and sum of squares of each slice that has it.
        self._slices: dict[int, list[tuple[float, float, float]]] = {}

    def add(self, values: np.ndarray, labels: np.ndarray) -> None:
        """Take a slice: values, and whole numbers ≥ 0 of the same shape.

        Raises ValueError for other shapes.
        """
        if values.shape != labels.shape:
            raise ValueError(f"a slice of shape {values.shape}, labels of {labels.shape}")
        present, places = np.unique(labels, return_inverse=True)
        places, flat = places.reshape(-1), values.reshape(-1).astype(np.float64)
        sums = (np.bincount(places, weights) for weights in (None, flat, flat * flat))
        for label, one in zip(present.tolist(), zip(*sums, strict=True), strict=True):
            self._slices.setdefault(int(label), []).append(one)

    def organs(self) -> Iterator[Organ]:
        """Yield the organs by their number, without 0, the background.

        A mean that is right while those of the slices scatter is the flicker of models that see one
        slice at a time.
        """
        for label in sorted(self._slices):
            if label == 0:
                continue
            count, total, squares = np.array(self._slices[label]).T
            n, mean = count.sum(), total.sum() / count.sum()
            sd = float(np.sqrt(max(squares.sum() / n - mean**2, 0)))
            yield Organ(label, int(n), float(mean), sd, float((total / count).std()))
