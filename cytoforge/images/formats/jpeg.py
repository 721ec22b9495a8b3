"""Read JPEG as it is stored, grey or RGB."""

import re
import struct
from collections.abc import Iterator

import imagecodecs

from cytoforge.errors import UserError
from cytoforge.images.limits import check_single_plane, check_size, check_stored
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.raw import Bytes, RawImage, default_names, from_picture, mapped

SIGNATURES = (b"\xff\xd8\xff",)
SCAN, END, JPEG_LS = 0xDA, 0xD9, 0xF7
FRAMES = {*range(0xC0, 0xD0), JPEG_LS} - {0xC4, 0xC8, 0xCC}  # tables and a reserved marker
ALONE = {0x01, *range(0xD0, 0xDA)}  # markers without a length: TEM, restarts, begin and end
COMMON = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive
KINDS = {0xC3: "lossless", 0xC9: "arithmetic coding", 0xCA: "arithmetic coding", JPEG_LS: "JPEG-LS"}
# Bytes that belong to nothing before a marker; a hole of terabytes is not looked through.
MAX_SKIPPED = 1_000_000
# Restart markers belong to the pixels and are passed over.
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def read(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    """Decode a JPEG, grey or RGB, as stored: an EXIF rotation is not applied.

    Raises
    ------
    UserError : too large, another plane than the first, CMYK colours, or a file that ends early,
        which decoders silently fill with grey
    """
    check_single_plane(path, plane)
    with mapped(path) as data:
        kind, height, width, components, scan = _header(data)
        check_size(path, height, width, components, max_megapixels)
        check_stored(path, len(data), height * width * components)
        if components == 4:
            raise UserError(path, "a grey or RGB JPEG", "CMYK colours", "export the image as RGB")
        if kind != JPEG_LS and not _ends(data, scan):  # whose pixels follow other rules
            raise UserError(path, "a whole JPEG", "a file that ends early", "copy the file again")
        with memory_limit(height * width * components):
            try:
                return from_picture(imagecodecs.jpeg8_decode(data))
            except imagecodecs.Jpeg8Error as error:
                if kind in COMMON:
                    raise
                raise UserError(
                    path,
                    "a baseline or progressive JPEG",
                    f"a JPEG of kind SOF{kind - 0xC0} ({KINDS.get(kind, 'rare')}), which this "
                    "program cannot decode; the file need not be damaged",
                    "save it as TIFF or PNG with the program that made it",
                ) from error


def count_planes(path: str) -> dict[str, int]:
    """Return no axis: a JPEG is a single plane."""
    return {}


def channels(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the names of the channels that `read` would give, from the header."""
    with mapped(path) as data:
        return default_names(_header(data)[3], colour=True)


def _segments(data: Bytes, position: int, reach: int) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of each segment's content, in the way decoders find them.

    Any number of 0xFF may stand before a marker (ITU T.81, B.1.1.2), and what else stands there is
    skipped, coded pixels included: in them every 0xFF is followed by 0 or a restart marker.

    Parameters
    ----------
    position : where to begin
    reach : how many bytes may be skipped at most before a marker

    Raises
    ------
    ValueError : no marker within reach
    """
    while found := MARKER.search(data, position, position + reach):
        marker, position = found[1][0], found.end()
        if marker in ALONE:
            yield marker, position, position
            continue
        (length,) = struct.unpack(">H", data[position : position + 2])
        yield marker, position + 2, position + length
        position += max(length, 2)
    raise ValueError("no marker where one should be")


def _header(data: Bytes) -> tuple[int, int, int, int, int]:
    """Return kind (its marker), height, width, components, and where the first scan begins."""
    frame = None
    for marker, begin, end in _segments(data, 2, MAX_SKIPPED):
        if marker in FRAMES and frame is None:
            frame = struct.unpack(">HHB", data[begin + 1 : begin + 6])
            kind = marker
        elif marker in (SCAN, END):
            if frame is None:
                break
            return (kind, *frame, end)
    raise ValueError("no frame header before the first scan")


def _ends(data: Bytes, scan: int) -> bool:
    """Return whether an end-of-image marker follows; decoders fill in what is missing as grey."""
    try:
        return any(marker == END for marker, _, _ in _segments(data, scan, len(data)))
    except (ValueError, struct.error):
        return False
