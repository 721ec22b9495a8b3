"""Write volumes as NIfTI that ITK too puts in the right place: both forms said, no slope."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np

from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.volume_grid import VolumeGrid, corners_apart
from cytoforge.jobs.atomic import atomic_path

# Of a voxel's length. A qform turns and scales, and cannot shear: one that would put a corner
# farther from where the affine has it is not said.
_MOST_APART = 0.01
_ALIGNED, _MILLIMETRES, _MICROMETRES, _METRES = 2, "mm", "micron", "meter"


def write_nifti(path: str | Path, voxels: np.ndarray, like: NiftiHeader) -> None:
    """Write an array as .nii.gz in the place of another volume, atomically, with the same bytes
    every time.

    The affine, its codes, the lengths of voxels and their unit are those of the other; where it has
    only one of the two forms, the other form is said too, with the same code: ITK reads the qform,
    most other programs the sform.

    Parameters
    ----------
    voxels : (A, B, C), also one that is mapped from a file: it is written slice by slice
    like : header of the volume whose grid it has
    """
    affine = np.array([*like.affine, (0, 0, 0, 1)], np.float64)
    image = nibabel.Nifti1Image(voxels, affine, dtype=voxels.dtype)
    header = image.header
    header.set_slope_inter(1, 0)
    units = {1000.0: _MILLIMETRES, 1.0: _MICROMETRES}
    header.set_xyzt_units(units.get(like.unit_um, _METRES))
    qform, sform = like.codes
    code = max(sform, 0) or max(qform, 0) or _ALIGNED
    image.set_sform(affine, code)
    image.set_qform(affine, max(qform, 0) or code)
    turned = tuple(tuple(row) for row in image.get_qform()[:3].tolist())
    a, b, c = like.shape[:3]
    grids = (VolumeGrid((a, b, c), form, like.zooms) for form in (like.affine, turned))
    if corners_apart(*grids) > _MOST_APART:
        image.set_qform(None, 0)
    with atomic_path(path) as temporary:
        nibabel.save(image, temporary)


@contextmanager
def growing(
    folder: Path, header: NiftiHeader, dtype: np.dtype, value: float
) -> Iterator[np.ndarray]:
    """Yield an array in the grid's own axes that lies in a file, removed in the end."""
    path, shape = folder / ".growing", tuple(header.shape[:3])
    try:
        # Written and not mapped: where the disk is full a write raises, a mapped page kills.
        with path.open("wb") as file:
            plane = np.full(shape[:2], value, dtype).tobytes()
            for _ in range(shape[2]):
                file.write(plane)
        yield np.memmap(path, dtype, "r+", shape=shape, order="F")
    finally:
        path.unlink(missing_ok=True)
