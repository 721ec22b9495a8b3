"""MS-SSIM of two slices inside the body (Wang et al. 2003), with the ranges of SynthRAD.

Contrast and structure are compared at up to five scales, luminance at the coarsest. As in the
challenges' `image_metrics.py` everything outside the body is the lowest value in both slices,
values count from 0 at the lowest, and means are over the body alone; here per slice, since the
models that are scored draw slices.
"""

import numpy as np
from scipy import ndimage

from cytoforge.metrics.pair_metrics.structure import SCALE_KERNEL, SCALE_WEIGHTS, ms_ssim_scales

_SIGMA = 1.5
_REACH = SCALE_KERNEL // 2
_K1, _K2 = 0.01, 0.03


def body_ms_ssim(
    made: np.ndarray, real: np.ndarray, body: np.ndarray, lowest: float, highest: float
) -> float | None:
    """Return the MS-SSIM of two slices over the windows whose middle lies in the body.

    Parameters
    ----------
    made, real : (Y, X) in one unit
    body : bool of that shape
    lowest, highest : what values are clipped to; their difference is the data range

    None where slices are narrower than a window (11 px), or where the body is so small that no
    window of a scale has its middle in it.
    """
    scales = ms_ssim_scales(min(real.shape))
    if not scales:
        return None
    one, other = (
        np.where(body, np.clip(slice_, lowest, highest) - lowest, 0.0) for slice_ in (made, real)
    )
    weights = np.array(SCALE_WEIGHTS[:scales]) / sum(SCALE_WEIGHTS[:scales])
    value, inside = 1.0, body.astype(np.float64)
    for scale, weight in enumerate(weights):
        contrast, whole = _maps(one, other, highest - lowest)
        counted = _middles(inside) >= 0.5
        if not counted.any():
            return None
        seen = whole if scale == scales - 1 else contrast
        value *= max(float(seen[counted].mean()), 0.0) ** weight
        one, other, inside = _halved(one), _halved(other), _halved(inside)
    return value


def _maps(one: np.ndarray, other: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return contrast and structure of each window, and these times its luminance (SSIM)."""
    c1, c2 = (_K1 * spread) ** 2, (_K2 * spread) ** 2
    mean_one, mean_other = _window(one), _window(other)
    squares = _window(one * one) - mean_one**2 + _window(other * other) - mean_other**2
    shared = _window(one * other) - mean_one * mean_other
    contrast = (2 * shared + c2) / (squares + c2)
    luminance = (2 * mean_one * mean_other + c1) / (mean_one**2 + mean_other**2 + c1)
    return contrast, contrast * luminance


def _window(values: np.ndarray) -> np.ndarray:
    """Return Gaussian means of the windows that lie wholly in the slice."""
    mean: np.ndarray = ndimage.gaussian_filter(values, _SIGMA, radius=_REACH)
    return _middles(mean)


def _middles(values: np.ndarray) -> np.ndarray:
    return values[_REACH:-_REACH, _REACH:-_REACH]


def _halved(values: np.ndarray) -> np.ndarray:
    """Return means of 2 × 2 pixels; an odd row or column at the end is left out."""
    height, width = (n // 2 for n in values.shape)
    mean: np.ndarray = values[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean((1, 3))
    return mean
