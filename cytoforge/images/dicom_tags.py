"""What the header of one DICOM file says of its slice, read without any package.

Only what is needed to put slices in order and to refuse what is no volume: tags up to group 0028,
in the two encodings that files of today have (DICOM PS3.5, explicit and implicit VR, little
endian). Pixels are never read here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.images.stated_header import Vector

MARK = b"DICM"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
UNPACKED = (IMPLICIT, EXPLICIT)
"""Transfer syntaxes of pixels that are stored as they are."""
PACKED = {
    "1.2.840.10008.1.2.4.57": "lossless JPEG",
    "1.2.840.10008.1.2.4.70": "lossless JPEG",
    "1.2.840.10008.1.2.4.90": "lossless JPEG 2000",
}
"""Of compressed pixels those that SimpleITK gives back bit by bit, as tests have seen."""
# Types of values whose length has four bytes.
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_OPEN = 0xFFFFFFFF  # a length that is told by a mark at the end
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_META = 0x0002
_LAST = 0x00281053
_DEEPEST = 32
_SYNTAX, _SERIES, _THICKNESS, _BETWEEN = 0x00020010, 0x0020000E, 0x00180050, 0x00180088
_POSITION, _ORIENTATION = 0x00200032, 0x00200037
_SAMPLES, _FRAMES, _ROWS, _COLUMNS = 0x00280002, 0x00280008, 0x00280010, 0x00280011
_SPACING, _BITS, _SIGNED = 0x00280030, 0x00280100, 0x00280103
_INTERCEPT, _SLOPE = 0x00281052, 0x00281053
_NUMBERS = {_SAMPLES, _ROWS, _COLUMNS, _BITS, _SIGNED}
_TEXTS = {
    *(_SYNTAX, _SERIES, _THICKNESS, _BETWEEN, _POSITION, _ORIENTATION),
    *(_FRAMES, _SPACING, _INTERCEPT, _SLOPE),
}


@dataclass(frozen=True)
class Slice:
    """One slice. Lengths in millimetres, in the patient's coordinates: left, back, up.

    Attributes
    ----------
    syntax : transfer syntax, UID
    position : of the first pixel
    along_row, along_column : unit vectors; 0 where the file says none
    spacing : between rows, and between columns
    thickness : between slices where the file says so, else of this one
    samples, frames : numbers per pixel, and pictures in the file
    dtype : of what the values mean: their stored type without, int16 or float32 with a slope
    """

    file: str
    syntax: str
    series: str
    rows: int
    columns: int
    position: Vector
    along_row: Vector
    along_column: Vector
    spacing: tuple[float, float]
    thickness: float
    samples: int
    frames: int
    dtype: str

    @property
    def normal(self) -> Vector:
        """What stands upright on a slice: the cross product of its two directions."""
        (a, b, c), (d, e, f) = self.along_row, self.along_column
        return b * f - c * e, c * d - a * f, a * e - b * d


def read_slice_header(path: str) -> Slice:
    """Return what a file says of its slice; UserError where it says too little."""
    try:
        with Path(path).open("rb") as file:
            file.seek(128 + len(MARK))
            found = _wanted(file)
        return _slice(path, found)
    except (OSError, struct.error, ValueError, IndexError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise UserError(path, "the header of a DICOM slice", what, "copy it again") from error
    except KeyError as error:
        (tag,) = error.args
        raise UserError(
            path, f"a DICOM slice with the tag ({tag >> 16:04X},{tag & 0xFFFF:04X})", "none",
            "take the file out of the folder: it is no slice (a report, a plan, a localiser)",
        ) from error  # fmt: skip


def _slice(path: str, found: dict[int, bytes]) -> Slice:
    texts = {tag: value.decode("latin-1").strip(" \0") for tag, value in found.items()}
    across = _floats(texts.get(_ORIENTATION, "")) or [0.0] * 6
    position = _floats(texts.get(_POSITION, "")) or [0.0] * 3
    spacing = _floats(texts.get(_SPACING, "")) or [1.0, 1.0]
    apart = texts.get(_BETWEEN) or texts.get(_THICKNESS) or "1"
    return Slice(
        file=path,
        syntax=texts.get(_SYNTAX, IMPLICIT),
        series=texts.get(_SERIES, ""),
        rows=_number(found[_ROWS]),
        columns=_number(found[_COLUMNS]),
        position=(position[0], position[1], position[2]),
        along_row=(across[0], across[1], across[2]),
        along_column=(across[3], across[4], across[5]),
        spacing=(spacing[0], spacing[1]),
        thickness=float(apart) or 1.0,
        samples=_number(found.get(_SAMPLES, b"\1\0")),
        frames=int(texts.get(_FRAMES) or 1),
        dtype=_dtype(found, texts),
    )


def _dtype(found: dict[int, bytes], texts: dict[int, str]) -> str:
    slope = float(texts.get(_SLOPE) or 1)
    intercept = float(texts.get(_INTERCEPT) or 0)
    if (slope, intercept) != (1.0, 0.0):
        whole = slope.is_integer() and intercept.is_integer()
        return "int16" if whole else "float32"
    signed = _number(found.get(_SIGNED, b"\0\0"))
    return f"{'' if signed else 'u'}int{_number(found[_BITS])}"


def _number(value: bytes) -> int:
    return int(struct.unpack_from("<H", value)[0])


def _floats(text: str) -> list[float]:
    return [float(part) for part in text.split("\\")] if text else []


def _wanted(file: BufferedReader) -> dict[int, bytes]:
    """Return the values of the tags that are looked for; others are passed over unread."""
    found: dict[int, bytes] = {}
    explicit = True
    while head := file.read(8):
        tag = _tag(head)
        if tag >> 16 != _META and _SYNTAX in found:
            explicit = found[_SYNTAX].strip(b" \0").decode() != IMPLICIT
        if tag > _LAST:
            break
        length = _length(file, head, explicit or tag >> 16 == _META)
        if length == _OPEN:
            _pass_over(file, explicit)
        elif tag in _TEXTS or tag in _NUMBERS:
            found[tag] = file.read(length)
        else:
            file.seek(length, 1)
    return found


def _tag(head: bytes) -> int:
    group, element = struct.unpack_from("<HH", head)
    return int(group << 16 | element)


def _length(file: BufferedReader, head: bytes, explicit: bool) -> int:
    """Return the length of the value that follows."""
    if not explicit or _tag(head) in (_ITEM, _ITEM_END, _SEQUENCE_END):
        return int(struct.unpack_from("<I", head, 4)[0])
    if head[4:6] in _LONG:
        return int(struct.unpack("<I", file.read(4))[0])
    return int(struct.unpack_from("<H", head, 6)[0])


def _pass_over(file: BufferedReader, explicit: bool, depth: int = 0) -> None:
    """Read on behind a sequence, or an item of one, whose end is told by a mark."""
    if depth > _DEEPEST:
        raise ValueError("sequences within sequences without end")
    for tag, length in _elements(file, explicit):
        if tag in (_SEQUENCE_END, _ITEM_END):
            return
        if length == _OPEN:
            _pass_over(file, explicit, depth + 1)
        else:
            file.seek(length, 1)


def _elements(file: BufferedReader, explicit: bool) -> Iterator[tuple[int, int]]:
    while head := file.read(8):
        yield _tag(head), _length(file, head, explicit)
