"""The body in a CT or MR, in three dimensions: without the table, the air and the noise."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.images.volume_grid import VolumeGrid
from cytoforge.volumes.mask_stack import MaskStack, largest_piece, near, opened
from cytoforge.volumes.slice_store import SliceStore

# Between air (-1000 HU) and fat (-100); lungs are filled per slice.
CT_THRESHOLD = -300.0
# A table's shells are thinner than twice this, a body is not.
OPENING_MM = 5.0
_BINS = 256


def find_body(
    slices: Callable[[], Iterable[np.ndarray]],
    zooms_mm: Sequence[float],
    threshold: float | None = CT_THRESHOLD,
    opening_mm: float = OPENING_MM,
    where: str = "the body of a volume",
) -> MaskStack:
    """Return where the body is, a mask bool (Y, X) per slice. Memory holds some slices at a time.

    What is above the threshold, opened by a ball (a table and its cables vanish), of which the
    largest connected piece; what the opening took of thin walls around lungs and bowel is given
    back, the holes of each slice are filled, and it is opened again, now without any thin wall.

    Parameters
    ----------
    slices : gives the slices (Y, X) of the volume, in their order, as often as it is called
    zooms_mm : lengths of a voxel between slices, rows and columns
    threshold : None: Otsu's, for MR, whose numbers have no unit
    opening_mm : radius of the ball; at least one voxel is taken
    where : the file, for messages

    Raises
    ------
    UserError : nothing is above the threshold
    """
    level = otsu(slices) if threshold is None else threshold
    mask = MaskStack(plane > level for plane in slices())
    radius = max(opening_mm, 1.001 * min(zooms_mm))
    piece = largest_piece(MaskStack(opened(mask, zooms_mm, radius)))
    if not any(piece.counts):
        raise UserError(
            where,
            f"a body: voxels above {level:g}",
            "none, or nothing thicker than a table",
            "set images.volumes.body to `none`, or to a column with masks",
        )
    around = zip(mask, near(piece, zooms_mm, 2 * radius), strict=True)
    whole = MaskStack(ndimage.binary_fill_holes(plane & grown) for plane, grown in around)
    return largest_piece(MaskStack(opened(whole, zooms_mm, radius)))


def body_of_volume(store: SliceStore, threshold: float | None, where: str) -> MaskStack:
    """Return `find_body` of an unpacked volume, a mask per picture, from slice 1 on."""
    return find_body(
        store.pictures, picture_zooms_mm(store.grid, store.axis), threshold, where=where
    )


def picture_zooms_mm(grid: VolumeGrid, axis: str) -> tuple[float, float, float]:
    """Return the lengths of a voxel between slices along a body axis, and of their pictures' rows
    and columns, in millimetres."""
    width, height = grid.slice_size_um(axis)
    return grid.zooms_um[grid.file_axis(axis)[0]] / 1000, height / 1000, width / 1000


def otsu(slices: Callable[[], Iterable[np.ndarray]]) -> float:
    """Return the threshold that divides values into two groups of least variance (Otsu 1979).

    >>> bool(2 < otsu(lambda: [np.array([1, 1, 2, 2]), np.array([8, 9, 9.0])]) < 8)
    True
    """
    ends = [(float(plane.min()), float(plane.max())) for plane in slices()]
    low, high = min(ends)[0], max(high for _, high in ends)
    edges = np.histogram_bin_edges([], _BINS, (low, high))
    counts = np.zeros(_BINS, np.int64)
    for plane in slices():
        counts += np.histogram(plane, edges)[0]
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), counts.sum() - np.cumsum(counts)
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = np.flatnonzero(apart == np.nanmax(apart))
    return float(edges[1:][best].mean())
