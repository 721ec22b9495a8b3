"""NRRD (.nrrd, .nhdr): what 3D Slicer writes.

Lines `field: value` up to an empty line; the voxels follow (.nrrd), or lie in a file beside the
header (.nhdr). Coordinates are what the field `space` says.
"""

import re

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.stated_header import (
    LAS,
    LPS,
    RAS,
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
ENDINGS = (".nrrd", ".nhdr")
_WORDS = {
    "int8": "signed char|int8|int8_t",
    "uint8": "uchar|unsigned char|uint8|uint8_t",
    "int16": "short|short int|signed short|signed short int|int16|int16_t",
    "uint16": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "int32": "int|signed int|int32|int32_t",
    "uint32": "uint|unsigned int|uint32|uint32_t",
    "int64": "longlong|long long|long long int|signed long long|int64|int64_t",
    "uint64": "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t",
    "float32": "float",
    "float64": "double",
}
TYPES = {word: name for name, words in _WORDS.items() for word in words.split("|")}
SPACES = {
    **dict.fromkeys(("right-anterior-superior", "ras"), RAS),
    **dict.fromkeys(("left-posterior-superior", "lps"), LPS),
    **dict.fromkeys(("left-anterior-superior", "las"), LAS),
}
# What an axis that is none of space is called.
_NO_AXIS = "none"


def claims(path: str) -> bool:
    """Return whether a name ends like one of this format."""
    return path.lower().endswith(ENDINGS)


def files_of(path: str) -> list[str]:
    """Return the header and the file that holds the voxels, where it is another."""
    found = _fields(path)
    data = found.get("data file", found.get("datafile", ""))
    return [path, beside(path, data)] if data else [path]


def doubts(path: str) -> dict[str, str]:
    """Return nothing: what can be read is taken as it is."""
    return {}


def read_header(path: str) -> NiftiHeader:
    """Return the header; UserError for colours, vectors, four axes, other units than millimetres,
    and voxels in several files."""
    found = _fields(path)
    files_of(path)
    shape = whole_numbers(found.get("sizes", ""), path)
    columns = _columns(found, len(shape), path)
    of_space = [column for column in columns if column]
    if len(of_space) < len(columns):
        what = f"an axis of {shape[columns.index(None)]} that is none of space (colours, times)"
        raise UserError(path, "a volume of three axes in space", what, "export one of them")
    refuse_axes(shape, 1, path)
    units = set(re.findall(r'"([^"]*)"', found.get("space units", ""))) - {"", "mm"}
    if units:
        raise UserError(path, "lengths in mm", f"space units {units}", "convert it to NIfTI")
    space = SPACES.get(found.get("space", "").lower())
    kind = TYPES.get(found.get("type", "").lower(), "")
    origin = vector(found.get("space origin", "(0,0,0)"), path)
    said = space if "space directions" in found else None
    return stated_header(shape, kind, of_space[:3], origin, said, path)


def read_voxels(path: str) -> np.ndarray:
    """Return the voxels (A, B, C) in the file's axes and type."""
    from cytoforge.images.itk_voxels import read_file

    return read_file(path, read_header(path))


def _fields(path: str) -> dict[str, str]:
    """Return the fields of a header, their names in small letters."""
    text = re.split(rb"\r?\n\r?\n", first_bytes(path), maxsplit=1)[0].decode("latin-1")
    first, *lines = text.splitlines() or [""]
    if not first.startswith("NRRD000"):
        raise damaged(path, f"a file that begins with {first[:12]!r}")
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    return {key.strip().lower(): value.strip() for key, value in pairs if value[:1] != "="}


def _columns(found: dict[str, str], n_axes: int, path: str) -> list[Vector | None]:
    """Return the step along each axis; None for an axis that is none of space."""
    if directions := found.get("space directions"):
        parts = re.findall(r"\([^)]*\)|\w+", directions)
        columns = [None if one.lower() == _NO_AXIS else vector(one, path) for one in parts]
    else:
        lengths = found.get("spacings", " ".join(["1"] * n_axes)).split()
        kinds = found.get("kinds", "").lower().split() or ["domain"] * n_axes
        in_space = [kind in ("domain", "space") for kind in kinds]
        pairs = enumerate(zip(lengths, in_space, strict=False))
        columns = [_along(n, length) if of_space else None for n, (length, of_space) in pairs]
    if len(columns) != n_axes:
        raise damaged(path, f"{n_axes} sizes and {len(columns)} axes in space")
    return columns


def _along(axis: int, length: str) -> Vector:
    try:
        size = float(length)
    except ValueError:
        size = 1.0
    x, y, z = (size if n == axis else 0.0 for n in range(3))
    return x, y, z
