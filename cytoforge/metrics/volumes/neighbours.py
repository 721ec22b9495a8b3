"""Whether the slices of a made volume go on from one to the next as those of a real one do.

A model of slices draws each by itself: what changes too much from one to the next flickers, what
changes too little is a copy. Both are told by the ratio to the real volume of the same labels, 1 at
best.
"""

import numpy as np
from skimage.metrics import structural_similarity

# The window of SSIM (Wang et al. 2004): Gaussian, σ 1.5 px, 11 px wide.
_SIGMA, _WIDTH = 1.5, 11


class Neighbours:
    """What neighbouring slices of a volume have in common; the one before is held.

    Only pixels that lie in the body in both slices count; pairs of slices count by these.

    data_range : of the values, e.g. 4024 HU; of the volume's window where it has one
    """

    def __init__(self, data_range: float) -> None:
        self.data_range = data_range
        self._before: tuple[int, np.ndarray, np.ndarray] | None = None
        self._pixels, self._difference = 0, 0.0
        self._ssim: float | None = 0.0

    def add(self, number: int, values: np.ndarray, body: np.ndarray) -> None:
        """Take a slice: its number, its values and where the body is. They are given in their
        order; only those whose numbers follow on one another are neighbours.

        Raises ValueError for other shapes.
        """
        if values.shape != body.shape:
            raise ValueError(f"a slice of shape {values.shape}, a body of {body.shape}")
        values, before = values.astype(np.float64), self._before
        self._before = number, values, body
        if before is None or before[0] != number - 1 or not (both := before[2] & body).any():
            return
        self._pixels += int(both.sum())
        self._difference += float(np.abs(before[1] - values)[both].sum())
        if min(values.shape) < _WIDTH:
            self._ssim = None
        if self._ssim is not None:
            self._ssim += float(self._similar(before[1], values)[both].sum())

    def _similar(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        _, of_each = structural_similarity(
            one,
            other,
            data_range=self.data_range,
            gaussian_weights=True,
            sigma=_SIGMA,
            use_sample_covariance=False,
            full=True,
        )
        found: np.ndarray = of_each
        return found

    @property
    def difference(self) -> float | None:
        """Mean absolute difference in the volume's unit; None where no two slices are neighbours
        that share a pixel of the body."""
        return self._difference / self._pixels if self._pixels else None

    @property
    def ssim(self) -> float | None:
        """Mean SSIM; None as above, and where slices are narrower than its window, 11 px."""
        return self._ssim / self._pixels if self._pixels and self._ssim is not None else None


def ratio_to_real(made: float | None, real: float | None) -> float | None:
    """Return how many times the real value the made one is; None where either is missing or the
    real one is 0.

    >>> ratio_to_real(30.0, 20.0), ratio_to_real(1.0, 0.0), ratio_to_real(1.0, None)
    (1.5, None, None)
    """
    return made / real if made is not None and real else None
