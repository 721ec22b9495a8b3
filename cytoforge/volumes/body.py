"""The body in a CT or MR, in three dimensions: without the table, the air and the noise."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError

# Between air (-1000 HU) and fat (-100); lungs are filled per slice.
CT_THRESHOLD = -300.0
# A table's shells are thinner than twice this, a body is not.
OPENING_MM = 5.0
_BINS = 256


def find_body(
    volume: np.ndarray,
    zooms_mm: Sequence[float],
    slice_axis: int,
    threshold: float | None = CT_THRESHOLD,
    opening_mm: float = OPENING_MM,
) -> np.ndarray:
    """Return where the body is, bool of the volume's shape.

    What is above the threshold, opened by a ball (a table and its cables vanish), of which the
    largest connected piece, with the holes of each slice filled: lungs and bowel belong to it.

    Parameters
    ----------
    volume : (A, B, C) in the file's axes
    zooms_mm : lengths of a voxel along these axes
    slice_axis : along which slices are counted
    threshold : None: Otsu's, for MR, whose numbers have no unit
    opening_mm : radius of the ball; at least one voxel is taken

    Raises
    ------
    UserError : nothing is above the threshold
    """
    level = otsu(volume) if threshold is None else threshold
    piece = _largest(_opened(volume > level, zooms_mm, opening_mm))
    if piece is None:
        raise UserError(
            "the body of a volume",
            f"voxels above {level:g}",
            "none, or nothing thicker than a table",
            "set images.volumes.body to `none`, or to a column with masks",
        )
    for number in range(piece.shape[slice_axis]):
        index = (slice(None),) * slice_axis + (number,)
        piece[index] = ndimage.binary_fill_holes(piece[index])
    return piece


def _opened(mask: np.ndarray, zooms_mm: Sequence[float], radius_mm: float) -> np.ndarray:
    """Return the opening by a ball, by distances: exact for any lengths of voxels."""
    radius = max(radius_mm, 1.001 * min(zooms_mm))
    # Voxels at the volume's faces count as if the body went on.
    core = ndimage.distance_transform_edt(mask, sampling=zooms_mm) > radius
    if not core.any():
        return core
    distance = ndimage.distance_transform_edt(~core, sampling=zooms_mm)
    return (distance <= radius) & mask


def _largest(mask: np.ndarray) -> np.ndarray | None:
    pieces, count = ndimage.label(mask)
    if not count:
        return None
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    largest: np.ndarray = pieces == sizes.argmax()
    return largest


def otsu(values: np.ndarray) -> float:
    """Return the threshold that divides values into two groups of least variance (Otsu 1979).

    >>> bool(2 < otsu(np.array([1, 1, 2, 2, 8, 9, 9.0])) < 8)
    True
    """
    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, bins=_BINS, range=(low, high))
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), counts.sum() - np.cumsum(counts)
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = np.flatnonzero(apart == np.nanmax(apart))
    return float(edges[1:][best].mean())
