"""What a pixel classifier sees of a pixel: what is around it, smoothed and derived at some scales.

The features are ilastik's (Berg et al. 2019, 10.1038/s41592-019-0582-9).
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import ndimage

# Where a Gaussian and its derivatives are cut off, in sigmas by order; cut off at 3, the second
# derivative is 7 % too small.
_TRUNCATE = (3.0, 3.5, 4.0)
# Sampled at whole pixels, the derivatives of a narrower Gaussian are those of no Gaussian.
_NARROWEST = 0.7
# Of the scale, as ilastik has them: the narrower Gaussian of a difference, and the window over
# which a structure tensor is averaged.
_NARROWER, _WINDOW = 0.66, 0.5
# Side of what is computed at once: 60 MB per channel.
_TILE_PX = 512

DERIVED = (
    "Laplacian of Gaussian",
    "gradient magnitude",
    "difference of Gaussians",
    "structure tensor, larger",
    "structure tensor, smaller",
    "Hessian, larger",
    "Hessian, smaller",
)


def feature_names(channels: Sequence[str], scales_px: Sequence[float]) -> list[str]:
    """Return the name of each feature, in their order.

    >>> feature_names(["dna"], [0.3])
    ['dna, smoothed at 0.3 px']
    >>> len(feature_names(["dna"], [0.3, 0.7]))
    9
    """
    return [
        f"{channel}, {kind} at {scale:g} px"
        for channel in channels
        for scale in scales_px
        for kind in ("smoothed", *(DERIVED if scale >= _NARROWEST else ()))
    ]


def boxes(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return the tiles, of at most 512 px, whose features are computed at once.

    >>> boxes((512, 600))
    [(slice(0, 512, None), slice(0, 512, None)), (slice(0, 512, None), slice(512, 600, None))]
    """
    starts = [range(0, size, _TILE_PX) for size in shape]
    return [
        (slice(row, min(row + _TILE_PX, shape[0])), slice(col, min(col + _TILE_PX, shape[1])))
        for row in starts[0]
        for col in starts[1]
    ]


def features_of(
    unit: np.ndarray, box: tuple[slice, slice], scales_px: Sequence[float]
) -> np.ndarray:
    """Return the features of a rectangle, float32 (rows, columns, F), as the whole has them.

    Parameters
    ----------
    unit : float32 (C, Y, X), grey values scaled to [0, 1]
    scales_px : standard deviations of the Gaussians
    """
    margin = sight_px(scales_px)
    outer = tuple(
        slice(max(part.start - margin, 0), min(part.stop + margin, size))
        for part, size in zip(box, unit.shape[1:], strict=True)
    )
    inner = tuple(
        slice(part.start - wide.start, part.stop - wide.start)
        for part, wide in zip(box, outer, strict=True)
    )
    planes = [
        plane[inner]
        for channel in unit
        for scale in scales_px
        for plane in _planes(channel[outer], scale)
    ]
    return np.stack(planes, axis=-1)


def sight_px(scales_px: Sequence[float]) -> int:
    """Return how far from a pixel its features look: a Gaussian, and the window after it."""
    widest = max(scales_px)
    return math.ceil(_TRUNCATE[2] * widest) + math.ceil(_TRUNCATE[0] * _WINDOW * widest) + 2


def _planes(channel: np.ndarray, scale: float) -> Iterator[np.ndarray]:
    """Yield the features of one channel (Y, X) at one scale, in the order of `feature_names`."""
    if scale < _NARROWEST:
        yield _gaussian(channel, scale)
        return
    along = [_along(channel, scale, 0, order) for order in range(3)]
    smooth = _along(along[0], scale, 1, 0)
    d_col, d_row = _along(along[0], scale, 1, 1), _along(along[1], scale, 1, 0)
    d_col2, d_row2 = _along(along[0], scale, 1, 2), _along(along[2], scale, 1, 0)
    d_row_col = _along(along[1], scale, 1, 1)
    yield smooth
    yield d_row2 + d_col2
    yield np.hypot(d_row, d_col)
    yield smooth - _gaussian(channel, _NARROWER * scale)
    tensor = (
        _gaussian(product, _WINDOW * scale)
        for product in (d_row * d_row, d_row * d_col, d_col * d_col)
    )
    yield from _eigenvalues(*tensor)
    yield from _eigenvalues(d_row2, d_row_col, d_col2)


def _gaussian(plane: np.ndarray, scale: float) -> np.ndarray:
    smooth: np.ndarray = ndimage.gaussian_filter(plane, scale, truncate=_TRUNCATE[0])
    return smooth


def _along(plane: np.ndarray, scale: float, axis: int, order: int) -> np.ndarray:
    derived: np.ndarray = ndimage.gaussian_filter1d(
        plane, scale, axis=axis, order=order, truncate=_TRUNCATE[order]
    )
    return derived


def _eigenvalues(
    row_row: np.ndarray, row_col: np.ndarray, col_col: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the larger and the smaller eigenvalue of a symmetric 2 × 2 matrix at each pixel."""
    half_sum = (row_row + col_col) / 2
    root = np.hypot((row_row - col_col) / 2, row_col)
    return half_sum + root, half_sum - root
