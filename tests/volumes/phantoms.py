"""Small volumes that an eye can check: a marked corner, any orientation, any type."""

from pathlib import Path
from typing import Any

import nibabel
import numpy as np

# The rotation of a gantry tilted by 16.5 degrees about the patient's left-right axis.
TILT = np.deg2rad(16.5)
TILTED = np.array(
    [[1, 0, 0], [0, np.cos(TILT), -np.sin(TILT)], [0, np.sin(TILT), np.cos(TILT)]]
)


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

    changes : fields of the header, e.g. `scl_slope` and `srow_x`, written at last
    """
    affine = affine_of() if affine is None else affine
    kind = nibabel.Nifti2Image if changes.pop("version", 1) == 2 else nibabel.Nifti1Image
    image = kind(voxels, affine, dtype=voxels.dtype)
    image.set_sform(affine, codes[1])
    image.set_qform(affine, codes[0])
    for field, value in changes.items():
        image.header[field] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    if codes[1] == 0:  # which nibabel gives a code of its own
        _with_codes(path, codes)
    return path


def _with_codes(path: Path, codes: tuple[int, int]) -> None:
    import gzip

    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rb") as file:
        data = bytearray(file.read())
    data[252:256] = np.array(codes, "<i2").tobytes()
    with opened(path, "wb") as file:
        file.write(bytes(data))


def counted(shape: tuple[int, int, int] = (4, 5, 6), dtype: Any = np.int16) -> np.ndarray:
    """Return a volume in which every voxel has a number of its own."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)
