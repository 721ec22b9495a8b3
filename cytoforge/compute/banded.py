"""Long filters along both axes of a picture as products of matrices, which a processor multiplies
several times as fast as it filters."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

STRIP = 112  # rows at a time: what is computed of them stays in the cache
BLOCK = 16  # outputs of one product: of wider bands more is zero, narrower ones are slower
# Lines beside each other in one product. Larger ones OpenBLAS divides among threads (from 2^18
# multiplications on), which wait for each other where the processor has other work too.
BESIDE = 256


def filtered_strips(
    values: np.ndarray, across: Sequence[float], down: Sequence[float]
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield a picture correlated with odd numbers of taps along its rows and along its columns: the
    first row of each strip, and the strip, float64 (y, X), which the next one overwrites.

    The picture is mirrored at its edges, which are not repeated, as `mode="mirror"` of SciPy has
    it. All products of a strip are one call, in which other threads can work.

    values : float32 or float64 (Y, X)
    """
    height, width = values.shape
    above, left = len(down) // 2, len(across) // 2
    parts = -(-width // BESIDE)
    wide, tall = parts * _whole(-(-width // parts)), min(STRIP, _whole(height))
    rows = mirrored_lines(height, above, _whole(height, tall) + above)
    cols = mirrored_lines(width, left, wide + left)
    seen = np.empty((tall + 2 * above, len(cols)))
    beside, found = np.empty((len(seen), wide)), np.empty((tall, wide))
    for first in range(0, height, tall):
        lines = values[rows[first : first + len(seen)]]
        seen[:, left : left + width] = lines
        for ends in (slice(left), slice(left + width, None)):
            seen[:, ends] = lines[:, cols[ends]]
        _filter_rows(seen, across, beside)
        _filter_cols(beside, down, found, wide // parts)
        yield first, found[: height - first, :width]


def mirrored_lines(length: int, before: int, end: int) -> np.ndarray:
    """Return which lines stand at −before to end − 1, int64.

    >>> mirrored_lines(3, 2, 5).tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    lines = np.arange(-before, end) % max(2 * (length - 1), 1)
    return np.where(lines < length, lines, 2 * (length - 1) - lines)


def _whole(length: int, block: int = BLOCK) -> int:
    return -(-length // block) * block


def _filter_rows(seen: np.ndarray, taps: Sequence[float], out: np.ndarray) -> None:
    band = _band(taps)  # (BLOCK, k)
    blocks = sliding_window_view(seen, band.shape[1], axis=1)[:, ::BLOCK]  # (y, n, k)
    own = out.reshape(len(out), -1, BLOCK)  # (y, n, BLOCK)
    np.matmul(blocks.swapaxes(0, 1), band.T, out=own.swapaxes(0, 1))


def _filter_cols(seen: np.ndarray, taps: Sequence[float], out: np.ndarray, beside: int) -> None:
    band = _band(taps)
    blocks = sliding_window_view(seen, band.shape[1], axis=0)[::BLOCK]  # (n, X, k)
    blocks = blocks.reshape(len(blocks), -1, beside, band.shape[1])  # (n, parts, beside, k)
    own = out.reshape(len(blocks), BLOCK, -1, beside)  # (n, BLOCK, parts, beside)
    np.matmul(band, blocks.swapaxes(2, 3), out=own.swapaxes(1, 2))


def _band(taps: Sequence[float]) -> np.ndarray:
    """Return the matrix that filters the `BLOCK` outputs' own line of inputs."""
    band = np.zeros((BLOCK, BLOCK + len(taps) - 1))
    for row in range(BLOCK):
        band[row, row : row + len(taps)] = taps
    return band
