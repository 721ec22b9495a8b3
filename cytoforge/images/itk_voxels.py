"""The voxels of volumes that are no NIfTI, by SimpleITK, which may be absent.

What it says of shape and place is compared with what was read of the header while the run was
planned: two programs that disagree about left and right are no volume.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.stated_header import LPS, Vector, stated_header
from cytoforge.images.volume_grid import grid_of_header, same_grid

# Whole numbers from small to large: Hounsfield units fit into the first.
_WHOLE = (np.int16, np.int32)
_NUMBER_BYTES = 8


def read_file(path: str, header: NiftiHeader) -> np.ndarray:
    """Return the voxels (A, B, C) of a file in its own axes and type.

    Raises UserError where SimpleITK cannot read them, or reads another shape or place.
    """
    return _voxels(path, header, _reader(path))


def read_series(slices: Sequence[tuple[str, NiftiHeader]]) -> np.ndarray:
    """Return the voxels (columns, rows, slices) of a DICOM series, each slice's slope and intercept
    applied: whole numbers in int16 or int32, else float32.

    slices : file, and what its header says of it alone, in their order
    """
    # One by one: read as a series, all would have the first one's type, and lose their fractions.
    found = np.stack([_voxels(file, one, _reader(file))[..., 0] for file, one in slices], 2)
    if not (found == np.rint(found)).all():
        return found.astype(np.float32)
    low, high = found.min(), found.max()
    fits = [t for t in _WHOLE if np.iinfo(t).min <= low and high <= np.iinfo(t).max]
    return found.astype(fits[0] if fits else np.float32)


def _reader(file: str) -> Callable[[Any], Any]:
    return lambda itk: itk.ReadImage(file)


def _voxels(path: str, header: NiftiHeader, read: Callable[[Any], Any]) -> np.ndarray:
    itk = import_module("SimpleITK")
    try:
        with memory_limit(int(np.prod(header.shape)) * _NUMBER_BYTES):
            image = read(itk)
            array = itk.GetArrayFromImage(image)
    except (RuntimeError, MemoryError) as error:
        last = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise UserError(path, "voxels as its header says", last[0], "copy it again") from error
    found = array.T  # SimpleITK's arrays run from the last axis to the first
    if found.shape[3:] and max(found.shape[3:]) == 1:
        found = found.reshape(found.shape[:3])
    _check_shape(path, found, header)
    _check_place(path, image, header)
    return np.ascontiguousarray(found)


def _check_shape(path: str, found: np.ndarray, header: NiftiHeader) -> None:
    if found.shape != tuple(header.shape[:3]):
        shown = [" × ".join(map(str, shape)) for shape in (header.shape[:3], found.shape)]
        raise UserError(path, f"{shown[0]} voxels, as its header says", shown[1], "copy it again")


def _check_place(path: str, image: Any, header: NiftiHeader) -> None:
    if header.codes == (0, 0):
        return
    directions, spacing = image.GetDirection(), image.GetSpacing()
    n_axes = image.GetDimension()
    columns: list[Vector] = []
    for axis in range(3):
        x, y, z = (directions[row * n_axes + axis] * spacing[axis] for row in range(3))
        columns.append((x, y, z))
    x, y, z = image.GetOrigin()[:3]
    other = stated_header(header.shape[:3], header.dtype, columns, (x, y, z), LPS, path)
    if not same_grid(grid_of_header(header, path), grid_of_header(other, path)):
        raise UserError(
            path, f"its place in space as its header says: {header.affine}",
            f"{other.affine} by SimpleITK", "convert it to NIfTI, and look at left and right",
        )  # fmt: skip
