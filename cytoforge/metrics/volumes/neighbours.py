"""Whether the slices of a made volume go on from one to the next as those of a real one do.

A model of slices draws each by itself: what changes too much from one to the next flickers, what
changes too little is a copy. Both are told by the ratio to the real volume of the same labels, 1 at
best.
"""

from collections.abc import Callable

import numpy as np
from skimage.metrics import structural_similarity

# The window of SSIM (Wang et al. 2004): Gaussian, σ 1.5 px, 11 px wide.
_SIGMA, _WIDTH = 1.5, 11
Compare = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


def adjacent_difference(volume: np.ndarray, body: np.ndarray, slice_axis: int) -> float:
    """Return the mean absolute difference of neighbouring slices, in the volume's unit.

    Only pixels that lie in the body in both slices count; pairs of slices count by these.

    Parameters
    ----------
    volume, body : values and bool of one shape of three axes
    slice_axis : along which slices are counted

    Raises
    ------
    ValueError : no two neighbouring slices share a pixel of the body
    """
    return _over_pairs(
        volume, body, slice_axis, lambda one, two, both: float(np.abs(one - two)[both].sum())
    )


def adjacent_ssim(
    volume: np.ndarray, body: np.ndarray, slice_axis: int, data_range: float
) -> float:
    """Return the mean SSIM of neighbouring slices over the pixels of the body in both.

    data_range : of the values, e.g. 4024 HU; of the volume's window where it has one

    Raises
    ------
    ValueError : as `adjacent_difference`, or slices narrower than SSIM's window
    """

    def similar(one: np.ndarray, two: np.ndarray, both: np.ndarray) -> float:
        _, of_each = structural_similarity(
            one,
            two,
            data_range=data_range,
            gaussian_weights=True,
            sigma=_SIGMA,
            use_sample_covariance=False,
            full=True,
        )
        return float(of_each[both].sum())

    if min(n for axis, n in enumerate(volume.shape) if axis != slice_axis) < _WIDTH:
        raise ValueError(f"slices are narrower than the window of SSIM, {_WIDTH} px")
    return _over_pairs(volume, body, slice_axis, similar)


def ratio_to_real(made: float, real: float) -> float | None:
    """Return how many times the real value the made one is; None where the real one is 0.

    >>> ratio_to_real(30.0, 20.0), ratio_to_real(1.0, 0.0)
    (1.5, None)
    """
    return made / real if real else None


def _over_pairs(volume: np.ndarray, body: np.ndarray, slice_axis: int, compare: Compare) -> float:
    """Return the sum of what `compare` finds in each two neighbours, per pixel of the body."""
    if volume.shape != body.shape:
        raise ValueError(f"a volume of shape {volume.shape}, a body of {body.shape}")
    values, inside = np.moveaxis(volume, slice_axis, 0), np.moveaxis(body, slice_axis, 0)
    total, count = 0.0, 0
    for index in range(len(values) - 1):
        both = inside[index] & inside[index + 1]
        if not both.any():
            continue
        one, two = (values[index + step].astype(np.float64) for step in (0, 1))
        total += compare(one, two, both)
        count += int(both.sum())
    if not count:
        raise ValueError("no two neighbouring slices share a pixel of the body")
    return total / count
