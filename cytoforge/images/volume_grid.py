"""How the voxels of a volume lie in the body, and the slices that are taken of it.

Slices are those of the acquisition: axes are permuted and turned round, never resampled, so an
oblique volume keeps its obliquity, and its slices are as oblique as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import isfinite, sqrt
from pathlib import Path
from typing import Any

from cytoforge.errors import UserError
from cytoforge.images.nifti_header import Affine, NiftiHeader, read_header

PLANES = {"axial": "z", "coronal": "y", "sagittal": "x"}
"""Body axis along which the slices of a plane are counted: from left, back and below."""
# Rows and columns of a picture, each from its larger coordinate on: the patient's front or head is
# above, the patient's right (or front) on the left, as radiologists look at it.
_PICTURE = {"z": ("y", "x"), "y": ("z", "x"), "x": ("z", "y")}
_AXES = "xyz"
# Of a voxel's length: grids whose corners lie nearer than this are one.
SAME = 0.1


@dataclass(frozen=True)
class VolumeGrid:
    """The grid of a volume.

    Attributes
    ----------
    shape : voxels along the file's own axes
    affine : voxel indices to the body's coordinates (NIfTI: x to the right, y to the front, z up)
    zooms_um : lengths of a voxel along the file's axes, in micrometres
    """

    shape: tuple[int, int, int]
    affine: Affine
    zooms_um: tuple[float, float, float]

    def file_axis(self, axis: str) -> tuple[int, bool]:
        """Return the file's axis that is nearest to a body axis, and whether both run one way."""
        return _nearest_axes(self.affine)[_AXES.index(axis)]

    def count(self, axis: str) -> int:
        """Return the number of slices along a body axis."""
        return self.shape[self.file_axis(axis)[0]]

    def slice_shape(self, axis: str) -> tuple[int, int]:
        """Return height and width of a slice across a body axis."""
        rows, cols = _PICTURE[axis]
        return self.count(rows), self.count(cols)

    def slice_size_um(self, axis: str) -> tuple[float, float]:
        """Return width and height of a pixel of a slice in micrometres."""
        rows, cols = (self.zooms_um[self.file_axis(one)[0]] for one in _PICTURE[axis])
        return cols, rows

    def corners(self) -> list[tuple[float, ...]]:
        """Return the body's coordinates of the eight outermost voxels."""
        ends = product(*((0, n - 1) for n in self.shape))
        return [
            tuple(a * i + b * j + c * k + offset for a, b, c, offset in self.affine)
            for i, j, k in ends
        ]


def grid_of(path: str | Path) -> VolumeGrid:
    """Return the grid of a file; UserError where it is no volume."""
    return grid_of_header(read_header(path), path)


def grid_of_header(header: NiftiHeader, path: str | Path) -> VolumeGrid:
    """Return the grid of a header. UserError for more than three axes longer than 1."""
    if any(n > 1 for n in header.shape[3:]):
        shape = " × ".join(map(str, header.shape))
        raise UserError(
            str(path),
            "a volume of three axes",
            f"four or more: {shape}",
            "save one volume of it (a time, a direction, a channel) as a file of its own",
        )
    x, y, z = header.shape[:3]
    # Of the affine in use: where only a sform is said, `pixdim` may be left at 1.
    a, b, c = (length * header.unit_um for length in _lengths(header.affine))
    if not min(a, b, c) > 0 or not isfinite(a + b + c):
        raise UserError(
            str(path),
            "an affine that gives voxels a length",
            "lengths " + " × ".join(f"{length / 1000:g}" for length in (a, b, c)) + " mm",
            "convert it again, or correct its sform and qform",
        )
    return VolumeGrid((x, y, z), header.affine, (a, b, c))


def same_grid(one: VolumeGrid, other: VolumeGrid) -> bool:
    """Return whether two grids are one: shapes are equal, and every corner lies within a tenth of
    the smallest voxel length of the other's."""
    if one.shape != other.shape:
        return False
    return corners_apart(one, other) <= SAME


def corners_apart(one: VolumeGrid, other: VolumeGrid) -> float:
    """Return how far the corners of two grids of one shape lie apart at most, along an axis of the
    body, in the shortest voxel length of the first."""
    pairs = zip(one.corners(), other.corners(), strict=True)
    apart = max(abs(a - b) for pair in pairs for a, b in zip(*pair, strict=True))
    return apart / (min(_lengths(one.affine)) or 1.0)


def picture_axes(axis: str) -> tuple[str, str]:
    """Return the body axes of a slice's rows and columns, each from its larger coordinate on.

    >>> picture_axes("z")
    ('y', 'x')
    """
    return _PICTURE[axis]


def slice_view(volume: Any, grid: VolumeGrid, axis: str, number: int) -> Any:
    """Return a slice as a picture (Y, X): of an array a view, which may be written to.

    Parameters
    ----------
    volume : array in the file's own axes, or what gives an array when it is indexed
    number : from 1 on, along the body axis

    Raises
    ------
    IndexError : no such slice
    """
    fixed, along = grid.file_axis(axis)
    if not 1 <= number <= grid.shape[fixed]:
        raise IndexError(f"slice {number} of {grid.shape[fixed]}")
    index: list[Any] = [slice(None)] * 3 + [0] * (len(volume.shape) - 3)
    index[fixed] = number - 1 if along else grid.shape[fixed] - number
    (rows, rows_along), (cols, cols_along) = (grid.file_axis(one) for one in _PICTURE[axis])
    plane = volume[tuple(index)]
    plane = plane if rows < cols else plane.T
    return plane[:: -1 if rows_along else 1, :: -1 if cols_along else 1]


def _nearest_axes(affine: Affine) -> list[tuple[int, bool]]:
    """Return, for x, y and z, the file's axis that is nearest, and whether it runs the same way.

    Of the six ways to give each body axis one of the file's, the one whose cosines sum to most.
    """
    columns = list(zip(*(row[:3] for row in affine), strict=True))
    cosines = [_unit(column) for column in columns]  # of file axis f with body axis b: [f][b]
    best = max(permutations(range(3)), key=lambda p: sum(abs(cosines[p[b]][b]) for b in range(3)))
    return [(f, cosines[f][b] >= 0) for b, f in enumerate(best)]


def _lengths(affine: Affine) -> list[float]:
    """Return the lengths of a voxel along the file's axes, in its unit."""
    return [
        sqrt(sum(v * v for v in column)) for column in zip(*(r[:3] for r in affine), strict=True)
    ]


def _unit(vector: Sequence[float]) -> tuple[float, ...]:
    length = sqrt(sum(v * v for v in vector)) or 1.0
    return tuple(v / length for v in vector)
