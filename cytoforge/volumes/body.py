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
    where: str = "the body of a volume",
) -> np.ndarray:
    """Return where the body is, bool of the volume's shape.

    What is above the threshold, opened by a ball (a table and its cables vanish), of which the
    largest connected piece; what the opening took of thin walls around lungs and bowel is given
    back, the holes of each slice are filled, and it is opened again, now without any thin wall.

    Parameters
    ----------
    volume : (A, B, C) in the file's axes
    zooms_mm : lengths of a voxel along these axes
    slice_axis : along which slices are counted
    threshold : None: Otsu's, for MR, whose numbers have no unit
    opening_mm : radius of the ball; at least one voxel is taken
    where : the file, for messages

    Raises
    ------
    UserError : nothing is above the threshold
    """
    level = otsu(volume) if threshold is None else threshold
    mask = volume > level
    radius = max(opening_mm, 1.001 * min(zooms_mm))
    piece = _largest(_opened(mask, zooms_mm, radius))
    if not piece.any():
        raise UserError(
            where,
            f"a body: voxels above {level:g}",
            "none, or nothing thicker than a table",
            "set images.volumes.body to `none`, or to a column with masks",
        )
    whole = _filled(mask & _near(piece, zooms_mm, 2 * radius), slice_axis)
    return _largest(_opened(whole, zooms_mm, radius))


def _opened(mask: np.ndarray, zooms_mm: Sequence[float], radius: float) -> np.ndarray:
    """Return the opening by a ball, by distances: exact for any lengths of voxels."""
    # Voxels at the volume's faces count as if the body went on.
    core = ndimage.distance_transform_edt(mask, sampling=zooms_mm) > radius
    return _near(core, zooms_mm, radius) & mask


def _near(mask: np.ndarray, zooms_mm: Sequence[float], radius: float) -> np.ndarray:
    """Return what lies no farther from a mask than a radius; nothing of an empty mask."""
    if not mask.any():
        return mask
    distance: np.ndarray = ndimage.distance_transform_edt(~mask, sampling=zooms_mm)
    return distance <= radius


def _filled(mask: np.ndarray, slice_axis: int) -> np.ndarray:
    """Return a mask without the holes of its slices."""
    whole = np.moveaxis(mask.copy(), slice_axis, 0)
    for plane in whole:
        plane[...] = ndimage.binary_fill_holes(plane)
    return np.moveaxis(whole, 0, slice_axis)


def _largest(mask: np.ndarray) -> np.ndarray:
    pieces, count = ndimage.label(mask)
    if not count:
        return mask
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
