"""Read one slice of a NIfTI volume, in the values that the file means: slope and all."""

from math import isclose
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.limits import check_size
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.nifti_header import GZIP, NiftiHeader, read_header
from cytoforge.images.raw import RawImage, readable
from cytoforge.images.volume_grid import VolumeGrid, grid_of_header, slice_view

# Sizes of the headers of both versions in both byte orders, and whatever is packed by gzip.
SIGNATURES = (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c", GZIP)
_TOLERANCE = 0.01


def read(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    """Read a slice as float32 (1, Y, X), which holds whole numbers up to 2²⁴ exactly.

    Parameters
    ----------
    plane : the slice by its body axis, `{"z": 12}` for the twelfth axial one from below, `y`
        coronal, `x` sagittal

    Raises
    ------
    UserError : no NIfTI, no real numbers, more than three axes, or no such slice
    """
    pixels, grid = read_slice(path, plane, max_megapixels)
    size = grid.slice_size_um(next(iter(plane)))
    square = isclose(*size, rel_tol=_TOLERANCE)
    return RawImage(pixels.astype(np.float32)[None], ("grey",), size if square else None)


def read_slice(
    path: str, plane: dict[str, int], max_megapixels: float
) -> tuple[np.ndarray, VolumeGrid]:
    """Return a slice (Y, X) in the file's own type, float64 where it has a slope, and the grid."""
    header = read_header(path)
    _check_numbers(path, header)
    grid = grid_of_header(header, path)
    axis, number = _asked(path, plane, grid)
    height, width = grid.slice_shape(axis)
    check_size(path, height, width, 1, max_megapixels)
    n_bytes = int(np.prod(header.shape[:3])) * 8
    with readable(path), memory_limit(n_bytes):
        return np.asarray(slice_view(voxels(path), grid, axis, number)), grid


def voxels(path: str) -> Any:
    """Return what gives the voxels in the file's axes when it is indexed; it reads no others."""
    # Imported here: rules follow the names of formats, and a dry run would wait for it.
    import nibabel

    return nibabel.load(path).dataobj  # type: ignore[attr-defined]


def count_planes(path: str) -> dict[str, int]:
    """Return the number of axial slices, from the header."""
    return {"z": grid_of_header(read_header(path), path).count("z")}


def channels(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the name of the only channel."""
    return ("grey",)


def _check_numbers(path: str, header: NiftiHeader) -> None:
    if not header.dtype:
        raise UserError(
            path, "voxels of real numbers", "colours, or complex numbers", "export grey values"
        )


def _asked(path: str, plane: dict[str, int], grid: VolumeGrid) -> tuple[str, int]:
    if len(plane) != 1 or not plane.keys() <= set("xyz"):
        raise UserError(
            path,
            "one slice",
            "a volume of " + " × ".join(map(str, grid.shape)) + " voxels",
            "name it in column `path` of samples.tsv: each of its slices becomes an image",
        )
    ((axis, number),) = plane.items()
    if number > grid.count(axis):
        raise UserError(
            path,
            f"slice {axis}={number}, as samples.tsv says",
            f"{grid.count(axis)} slices along {axis}",
            "correct column `planes`, or empty it for all",
        )
    return axis, number
