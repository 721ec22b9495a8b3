"""Measure whether the borders of tiles can be seen in a stitched image."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cytoforge.synthesis.stitch import tile_starts


def tile_borders(starts: Sequence[int], tile_px: int, length: int) -> tuple[int, ...]:
    """Return where tiles start or end inside an axis of `length` px: position b lies between
    pixels b − 1 and b.

    >>> tile_borders((0, 4, 6), 4, 10)
    (4, 6, 8)
    """
    ends = {start + tile_px for start in starts}
    return tuple(sorted(b for b in {*starts, *ends} if 0 < b < length))


def field_seam_ratio(pixels: np.ndarray, tile_px: int, overlap: float) -> float | None:
    """Return the mean `seam_ratio` of a field's channels, (C, H, W) in any scale, had it been
    stitched from such tiles. A channel at a time: no second copy of the field.
    """
    borders = [
        tile_borders(tile_starts(max(length, tile_px), tile_px, overlap), tile_px, length)
        for length in pixels.shape[1:]
    ]
    ratios = [seam_ratio(channel[None], *borders) for channel in pixels]
    known = [ratio for ratio in ratios if ratio is not None]
    return sum(known) / len(known) if known else None


def seam_ratio(
    image: np.ndarray, row_borders: Sequence[int], col_borders: Sequence[int]
) -> float | None:
    """Return mean gradient magnitude across tile borders over the mean everywhere else.

    The gradient is the absolute difference of neighbouring pixels, |I[y, x] − I[y − 1, x]| down
    and |I[y, x] − I[y, x − 1]| across. Differences down at a row border and across at a column
    border, over all channels, make the numerator; all other differences of both directions make
    the denominator. 1 means that borders cannot be told from the rest; blended fields are to stay
    within 1.05.

    Parameters
    ----------
    image : (C, H, W), any real dtype
    row_borders, col_borders : as from `tile_borders`; every place where a tile starts or ends,
        with blending too, where a step would show that the window does not fade to nothing

    Returns
    -------
    None where nothing can be compared: no border lies inside, or all else is perfectly flat
    """
    sums, counts = np.zeros(2), np.zeros(2)  # elsewhere, at borders
    for axis, borders in ((1, row_borders), (2, col_borders)):
        profile = _mean_difference(image, axis)
        at_border = np.zeros(len(profile), dtype=bool)
        at_border[np.asarray(borders, dtype=np.intp) - 1] = True
        lines = image.size / image.shape[axis]
        for k in (0, 1):
            sums[k] += profile[at_border == k].sum() * lines
            counts[k] += (at_border == k).sum() * lines
    if not counts.all() or sums[0] == 0:
        return None
    elsewhere, border = sums / counts
    return float(border / elsewhere)


def _mean_difference(image: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean absolute difference at each step along `axis`, float64 (length − 1,).

    Line by line: a whole difference image of a slide would double its memory.
    """
    lines = np.moveaxis(image, axis, 0)
    return np.array(
        [np.abs(here.astype(np.float64) - before).mean() for before, here in pairwise(lines)]
    )
