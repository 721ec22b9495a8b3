"""How far a made CT is from the real one, as the SynthRAD challenges measure it, and per organ.

Ranges and masks are those of SynthRAD2025's `image_metrics.py`: values are clipped to -1024 to 3000
HU, and only voxels of the body count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log10

import numpy as np

LOWEST, HIGHEST = -1024.0, 3000.0
RANGE = HIGHEST - LOWEST
"""4024 HU, the range of the signal-to-noise ratio."""


def mae_hu(made: np.ndarray, real: np.ndarray, body: np.ndarray) -> float:
    """Return the mean absolute difference in the body, in HU.

    Parameters
    ----------
    made, real : volumes of one shape, in HU
    body : bool of that shape

    Raises
    ------
    ValueError : other shapes, or an empty body
    """
    return float(np.abs(_difference(made, real, body)).mean())


def psnr_hu(made: np.ndarray, real: np.ndarray, body: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio in the body, in dB, over a range of 4024 HU.

    10 · log10(4024² / mean squared difference); infinite where there is none.
    """
    squared = float(np.square(_difference(made, real, body)).mean())
    return 10 * log10(RANGE**2 / squared) if squared else inf


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


def organs(volume: np.ndarray, labels: np.ndarray, slice_axis: int) -> Iterator[Organ]:
    """Yield the organs of a volume by their number, without 0, the background.

    A mean that is right while those of the slices scatter is the flicker of models that see one
    slice at a time.

    Parameters
    ----------
    volume : values, any shape of three axes
    labels : whole numbers ≥ 0 of that shape
    slice_axis : along which slices are counted
    """
    if volume.shape != labels.shape:
        raise ValueError(f"a volume of shape {volume.shape}, labels of {labels.shape}")
    values = np.moveaxis(volume, slice_axis, 0)
    numbers = np.moveaxis(labels, slice_axis, 0)
    present, places = np.unique(numbers, return_inverse=True)
    places = places.reshape(len(values), -1)
    count = np.zeros((len(values), len(present)))
    total, squares = np.zeros_like(count), np.zeros_like(count)
    for index, plane in enumerate(values):
        flat = plane.reshape(-1).astype(np.float64)
        count[index] = np.bincount(places[index], minlength=len(present))
        total[index] = np.bincount(places[index], flat, minlength=len(present))
        squares[index] = np.bincount(places[index], flat * flat, minlength=len(present))
    for column, label in enumerate(present.tolist()):
        if label == 0:
            continue
        n = count[:, column].sum()
        mean = total[:, column].sum() / n
        there = count[:, column] > 0
        of_slices = total[there, column] / count[there, column]
        variance = squares[:, column].sum() / n - mean**2
        sd = float(np.sqrt(max(variance, 0)))
        yield Organ(int(label), int(n), float(mean), sd, float(of_slices.std()))


def _difference(made: np.ndarray, real: np.ndarray, body: np.ndarray) -> np.ndarray:
    if made.shape != real.shape or body.shape != real.shape:
        raise ValueError(f"shapes {made.shape}, {real.shape} and {body.shape} differ")
    if not body.any():
        raise ValueError("the body has no voxel")
    both = (np.clip(one[body].astype(np.float64), LOWEST, HIGHEST) for one in (made, real))
    return np.subtract(*both)
