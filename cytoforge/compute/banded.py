"""Long filters along one axis of a picture as products of matrices, which a processor multiplies
several times as fast as it filters: 21 taps on 1000 × 1000 px take 4 ms instead of 11 ms."""

from functools import lru_cache

import numpy as np

BLOCK = 32  # outputs of one product: of wider bands more is zero, narrower ones are slower
# Lines beside each other in one product. Larger ones OpenBLAS divides among threads (from 2^18
# multiplications on), which wait for each other where the processor has other work too.
BESIDE = 128


def filtered(values: np.ndarray, taps: tuple[float, ...], axis: int) -> np.ndarray:
    """Return a picture correlated with an odd number of taps, float64 (Y, X).

    It is mirrored at its edges, which are not repeated, as `mode="mirror"` of SciPy has it.
    """
    found = np.empty(values.shape)
    length, width = values.shape[axis], values.shape[1 - axis]
    for first in range(0, length, BLOCK):
        last = min(first + BLOCK, length)
        low, band = _band(taps, length, first, last)
        high = low + band.shape[1]
        for start in range(0, width, BESIDE):
            lines = slice(start, start + BESIDE)
            if axis == 0:
                seen = values[low:high, lines].astype(np.float64, copy=False)
                np.matmul(band, seen, out=found[first:last, lines])
            else:
                seen = values[lines, low:high].astype(np.float64, copy=False)
                np.matmul(seen, band.T, out=found[lines, first:last])
    return found


def _band(taps: tuple[float, ...], length: int, first: int, last: int) -> tuple[int, np.ndarray]:
    """Return the first line that some outputs see, and the weights of all that they see."""
    reach = len(taps) // 2
    if first >= reach and last + reach <= length:
        return first - reach, _inner_band(taps, last - first)
    lines = np.arange(first, last)[:, None] + np.arange(len(taps)) - reach
    if length > 1:
        lines = lines % (2 * (length - 1))
        lines = np.where(lines < length, lines, 2 * (length - 1) - lines)
    else:
        lines = np.zeros_like(lines)
    low, high = int(lines.min()), int(lines.max()) + 1
    band = np.zeros((last - first, high - low))
    np.add.at(band, (np.arange(last - first)[:, None], lines - low), np.asarray(taps))
    return low, band


@lru_cache(maxsize=16)
def _inner_band(taps: tuple[float, ...], count: int) -> np.ndarray:
    band = np.zeros((count, count + len(taps) - 1))
    for row in range(count):
        band[row, row : row + len(taps)] = taps
    return band
