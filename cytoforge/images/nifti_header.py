"""The header of a NIfTI file: shape, type and place in space, from its first bytes.

Rules ask while a run is planned, so nothing is imported but the standard library: nibabel takes
0.2 s. Layouts: NIfTI-1.1 (348 bytes, Cox et al. 2004) and NIfTI-2 (540 bytes).
"""

import gzip
import struct
import zlib
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from cytoforge.errors import UserError

ENDINGS = (".nii", ".nii.gz")
GZIP = b"\x1f\x8b"
# Types of real numbers by their code in the header; colours and complex numbers are no grey values.
TYPES = {
    2: "uint8",
    4: "int16",
    8: "int32",
    16: "float32",
    64: "float64",
    256: "int8",
    512: "uint16",
    768: "uint32",
    1024: "int64",
    1280: "uint64",
}
EIGHT_BITS = ("uint8", "int8")
# Micrometres per unit of length by the code in the header; files that do not say mean millimetres.
UNITS_UM = {0: 1000.0, 1: 1e6, 2: 1000.0, 3: 1.0}
_V1, _V2 = 348, 540
# Of three numbers in 32 bits.
_ROUNDING = 3 * 2.0**-23

Affine = tuple[tuple[float, float, float, float], ...]
"""Three rows of four: voxel indices to the body's coordinates, x right, y front, z up."""


@dataclass(frozen=True)
class NiftiHeader:
    """What a file says of its voxels.

    Attributes
    ----------
    shape : of all axes
    dtype : NumPy's name of the stored type, "" for colours, complex numbers and the like
    zooms : lengths of a voxel along the first three axes, in the file's unit
    sform, qform : the two ways in which the place may be said; None: code 0, not said
    codes : of qform and sform
    unit_um : micrometres per unit of length
    """

    shape: tuple[int, ...]
    dtype: str
    zooms: tuple[float, float, float]
    sform: Affine | None
    qform: Affine | None
    codes: tuple[int, int]
    unit_um: float

    @property
    def eight_bits(self) -> bool:
        """Whether values have 8 bits: of a CT none that are Hounsfield units."""
        return self.dtype in EIGHT_BITS

    @property
    def affine(self) -> Affine:
        """Of sform, else qform, else of the voxel lengths alone, with the axes as stored."""
        x, y, z = self.zooms
        plain = ((x, 0.0, 0.0, 0.0), (0.0, y, 0.0, 0.0), (0.0, 0.0, z, 0.0))
        return self.sform or self.qform or plain


def is_volume(path: str | Path) -> bool:
    """Return whether a file is a volume by its name.

    >>> is_volume("a/CT.NII.gz"), is_volume("a/b.nii"), is_volume("a/nii.tif")
    (True, True, False)
    """
    return str(path).lower().endswith(ENDINGS)


def read_header(path: str | Path) -> NiftiHeader:
    """Return the header of a .nii or .nii.gz.

    Raises
    ------
    UserError : no such file, no NIfTI, a header without its voxels (.hdr), or fewer than 3 axes
    """
    data = _first_bytes(path)
    for size, layout in ((_V1, _version_1), (_V2, _version_2)):
        for order in "<>":
            if len(data) >= size and struct.unpack_from(f"{order}i", data)[0] == size:
                return _checked(layout(data, order), data[344:348] if size == _V1 else b"", path)
    raise UserError(
        str(path), "a NIfTI file", "another header, or an early end", "convert or copy it again"
    )


def _first_bytes(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            packed = file.read(2) == GZIP
            _check_ending(path, packed)
            if not packed:
                file.seek(0)
                return file.read(_V2)
        with gzip.open(path) as unpacked:
            return unpacked.read(_V2)
    except FileNotFoundError as error:
        raise UserError(str(path), "a volume", "no such file", "correct the path") from error
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            str(path), "a readable volume", f"{type(error).__name__}: {error}", "copy it again"
        ) from error


def _check_ending(path: str | Path, packed: bool) -> None:
    """Readers go by the name: a file packed by gzip that is called .nii is damaged to them."""
    name = str(path).lower()
    if name.endswith(ENDINGS) and packed != name.endswith(".gz"):
        found = "one packed by gzip, called .nii" if packed else "one not packed, called .nii.gz"
        ending = ".nii.gz" if packed else ".nii"
        raise UserError(str(path), "a volume called what it is", found, f"call it {ending}")


def _checked(header: NiftiHeader, magic: bytes, path: str | Path) -> NiftiHeader:
    if magic.startswith(b"ni1"):
        raise UserError(
            str(path), "header and voxels in one file", "a header alone (.hdr beside .img)",
            "save it as .nii or .nii.gz",
        )  # fmt: skip
    if len(header.shape) < 3 or min(header.shape) < 1:
        shape = " × ".join(map(str, header.shape))
        raise UserError(str(path), "a volume of three axes", f"shape {shape}", "export a volume")
    return header


def _version_1(data: bytes, order: str) -> NiftiHeader:
    return _header(
        struct.unpack_from(f"{order}8h", data, 40),
        struct.unpack_from(f"{order}h", data, 70)[0],
        struct.unpack_from(f"{order}8f", data, 76),
        struct.unpack_from(f"{order}2h", data, 252),
        struct.unpack_from(f"{order}6f", data, 256),
        struct.unpack_from(f"{order}12f", data, 280),
        data[123],
    )


def _version_2(data: bytes, order: str) -> NiftiHeader:
    return _header(
        struct.unpack_from(f"{order}8q", data, 16),
        struct.unpack_from(f"{order}h", data, 12)[0],
        struct.unpack_from(f"{order}8d", data, 104),
        struct.unpack_from(f"{order}2i", data, 344),
        struct.unpack_from(f"{order}6d", data, 352),
        struct.unpack_from(f"{order}12d", data, 400),
        struct.unpack_from(f"{order}i", data, 500)[0],
    )


def _header(
    dim: tuple[int, ...],
    datatype: int,
    pixdim: tuple[float, ...],
    codes: tuple[int, ...],
    quaternion: tuple[float, ...],
    rows: tuple[float, ...],
    units: int,
) -> NiftiHeader:
    count = dim[0] if 0 <= dim[0] <= 7 else 0
    zooms = (abs(pixdim[1]), abs(pixdim[2]), abs(pixdim[3]))
    sform = (_row(rows[:4]), _row(rows[4:8]), _row(rows[8:]))
    return NiftiHeader(
        shape=tuple(dim[1 : count + 1]),
        dtype=TYPES.get(datatype, ""),
        zooms=zooms,
        sform=sform if codes[1] > 0 else None,
        qform=_of_quaternion(quaternion, zooms, pixdim[0]) if codes[0] > 0 else None,
        codes=(codes[0], codes[1]),
        unit_um=UNITS_UM.get(units & 7, 1000.0),
    )


def _row(values: tuple[float, ...]) -> tuple[float, float, float, float]:
    first, second, third, last = values
    return first, second, third, last


def _of_quaternion(
    values: tuple[float, ...], zooms: tuple[float, float, float], handed: float
) -> Affine:
    """Return the affine of a unit quaternion (a, b, c, d), of which b, c and d are stored.

    handed : the file's pixdim[0]; where it is below 0 the third axis is turned round
    """
    b, c, d, *offsets = values
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < _ROUNDING:  # the root of what rounding leaves would turn half a minute of arc
        length = sqrt(b * b + c * c + d * d)
        b, c, d, rest = b / length, c / length, d / length, 0.0
    a = sqrt(rest)
    turned = (
        (a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c),
    )
    x, y, z = zooms
    lengths = (x, y, -z if handed < 0 else z)
    scaled = [[v * n for v, n in zip(row, lengths, strict=True)] for row in turned]
    return tuple(_row((*row, offset)) for row, offset in zip(scaled, offsets, strict=True))
