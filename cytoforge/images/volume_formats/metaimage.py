"""MetaImage (.mha, .mhd): what ITK and 3D Slicer write, and SynthRAD's volumes since 2025.

A header of lines `Key = value`, the last of which says where the voxels are: after it (.mha), or in
a file beside it (.mhd). Coordinates are the patient's left, back and up, as in DICOM.
"""

import numpy as np

from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.stated_header import (
    LPS,
    Vector,
    beside,
    damaged,
    first_bytes,
    refuse_axes,
    stated_header,
    vector,
    whole_numbers,
)

PACKAGE = "SimpleITK"
ENDINGS = (".mha", ".mhd")
TYPES = {
    "MET_CHAR": "int8",
    "MET_UCHAR": "uint8",
    "MET_SHORT": "int16",
    "MET_USHORT": "uint16",
    "MET_INT": "int32",
    "MET_UINT": "uint32",
    "MET_LONG": "int32",
    "MET_ULONG": "uint32",
    "MET_LONG_LONG": "int64",
    "MET_ULONG_LONG": "uint64",
    "MET_FLOAT": "float32",
    "MET_DOUBLE": "float64",
}
_DATA = "ElementDataFile"


def claims(path: str) -> bool:
    """Return whether a name ends like one of this format."""
    return path.lower().endswith(ENDINGS)


def files_of(path: str) -> list[str]:
    """Return the header and the file that holds the voxels, where it is another."""
    data = _fields(path)[_DATA]
    return [path] if data.upper() == "LOCAL" else [path, beside(path, data)]


def doubts(path: str) -> dict[str, str]:
    """Return nothing: what can be read is taken as it is."""
    return {}


def read_header(path: str) -> NiftiHeader:
    """Return the header; UserError for colours, four axes, and voxels in several files."""
    found = _fields(path)
    files_of(path)
    shape = whole_numbers(found.get("DimSize", ""), path)
    components = whole_numbers(found.get("ElementNumberOfChannels", "1"), path)[0]
    refuse_axes(shape, components, path)
    sizes = found.get("ElementSpacing", found.get("ElementSize", "1 1 1"))
    zooms = vector(" ".join(sizes.split()[:3]), path)
    turn = _first(found, "TransformMatrix", "Rotation", "Orientation")
    origin = _first(found, "Offset", "Position", "Origin")
    columns = [
        (v[0] * zoom, v[1] * zoom, v[2] * zoom)
        for v, zoom in zip(_turned(turn, path), zooms, strict=True)
    ]
    said = LPS if turn or origin else None
    kind = TYPES.get(found.get("ElementType", "").upper(), "")
    return stated_header(shape[:3], kind, columns, vector(origin or "0 0 0", path), said, path)


def read_voxels(path: str) -> np.ndarray:
    """Return the voxels (A, B, C) in the file's axes and type."""
    from cytoforge.images.itk_voxels import read_file

    return read_file(path, read_header(path))


def _fields(path: str) -> dict[str, str]:
    """Return the lines of a header up to where its voxels are."""
    found: dict[str, str] = {}
    for line in first_bytes(path).split(b"\n"):
        key, mark, value = line.decode("latin-1").partition("=")
        if not mark:
            break
        found[key.strip()] = value.strip()
        if key.strip() == _DATA:
            return found
    raise damaged(path, f"no line {_DATA} after {len(found)} lines of a header")


def _first(found: dict[str, str], *keys: str) -> str:
    return next((found[key] for key in keys if key in found), "")


def _turned(text: str, path: str) -> list[Vector]:
    """Return the directions of the three axes: the rows of the matrix as it is written."""
    parts = (text or "1 0 0 0 1 0 0 0 1").split()
    if len(parts) != 9:
        raise damaged(path, f"a TransformMatrix of {len(parts)} numbers, not 9")
    return [vector(" ".join(parts[n : n + 3]), path) for n in (0, 3, 6)]
