"""Small volumes that an eye can check: a marked corner, any orientation, any type."""

import gzip
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

# The rotation of a gantry tilted by 16.5 degrees about the patient's left-right axis.
TILT = np.deg2rad(16.5)
TILTED = np.array([[1, 0, 0], [0, np.cos(TILT), -np.sin(TILT)], [0, np.sin(TILT), np.cos(TILT)]])


def affine_of(axes: str = "RAS", zooms: tuple[float, ...] = (1, 1, 1), tilt: bool = False) -> Any:
    """Return the affine of a file whose axes run to these sides, e.g. `LIA`, in millimetres."""
    columns = {"R": (1, 0, 0), "A": (0, 1, 0), "S": (0, 0, 1)}
    opposite = {"L": "R", "P": "A", "I": "S"}
    matrix = np.eye(4)
    for index, (side, zoom) in enumerate(zip(axes, zooms, strict=True)):
        sign = -1 if side in opposite else 1
        matrix[:3, index] = sign * zoom * np.array(columns[opposite.get(side, side)])
    if tilt:
        matrix[:3, :3] = TILTED @ matrix[:3, :3]
    matrix[:3, 3] = (-20, 30.5, 7)
    return matrix


def write_volume(
    path: Path,
    voxels: np.ndarray,
    affine: Any = None,
    *,
    codes: tuple[int, int] = (1, 1),
    **changes: Any,
) -> Path:
    """Write voxels as they are; codes are those of qform and sform.

    changes : `version` 1 or 2, and `sform`, another one than the qform's
    """
    affine = affine_of() if affine is None else affine
    kind = nibabel.Nifti2Image if changes.pop("version", 1) == 2 else nibabel.Nifti1Image
    image = kind(voxels, affine, dtype=voxels.dtype)
    image.set_sform(affine, codes[1])
    image.set_qform(affine, codes[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    if codes[1] == 0:  # which nibabel gives a code of its own
        _patch(path, 252, np.array(codes, "<i2"))
    if "sform" in changes:
        _patch(path, 280, np.asarray(changes["sform"])[:3].astype("<f4"))
    return path


def _patch(path: Path, place: int, values: np.ndarray) -> None:
    """Write into the header what nibabel would put right."""
    opened: Any = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rb") as file:
        data = bytearray(file.read())
    data[place : place + values.nbytes] = values.tobytes()
    with opened(path, "wb") as file:
        file.write(bytes(data))


def counted(shape: tuple[int, int, int] = (4, 5, 6), dtype: Any = np.int16) -> np.ndarray:
    """Return a volume in which every voxel has a number of its own."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)
