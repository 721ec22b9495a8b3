"""The size of an image from the first bytes of its file: ten thousand of them are asked while a run
is planned, so nothing is decoded here, and nothing imported where the header alone tells."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cytoforge.images.limits import MAX_PLANES

WIDTH, HEIGHT, DESCRIPTION = 256, 257, 270  # tags of TIFF
UNTOLD = (0, 0)  # the size of a page that is no plane of the image
# Bytes per value of TIFF's integer types; of text, a place as wide as the file's others.
_BYTES = {2: 0, 3: 2, 4: 4, 16: 8}
_AXES_WITHIN = 1000
_MOST_SEGMENTS = 200
_MOST_TAGS = 4096


def header_size(path: str | Path) -> tuple[int, int] | None:
    """Return (height, width) in px of a PNG, JPEG or TIFF, as it is stored.

    Of a TIFF with images of several sizes (a slide with its macro photo and label), it is that of
    the image that the reader takes.

    None where the file does not say so plainly: what is wrong with it is for its reader to say.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(32)
            size: tuple[int, int] | None = None
            if start.startswith(b"\x89PNG\r\n\x1a\n"):
                size = _number(start[20:24], ">"), _number(start[16:20], ">")
            elif start.startswith(b"\xff\xd8"):
                size = _jpeg(file)
            elif start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
                size = _tiff(path, file, start)
    except (OSError, struct.error, ValueError, OverflowError, IndexError):
        return None
    return size if size and min(size) > 0 else None


def _jpeg(file: BinaryIO) -> tuple[int, int] | None:
    """Follow the segments to the frame's header."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        marker = file.read(2)
        while len(marker) == 2 and marker[1] == 0xFF:  # fill bytes
            marker = marker[1:] + file.read(1)
        if marker[0] != 0xFF:
            return None  # bytes that belong to nothing, which decoders pass over
        kind, length = marker[1], struct.unpack(">H", file.read(2))[0]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">xHH", file.read(5))
            return height, width
        file.seek(length - 2, 1)
    return None


def _tiff(path: str | Path, file: BinaryIO, start: bytes) -> tuple[int, int] | None:
    """Return the size that all pages have; where they differ, the reader chooses the image."""
    sizes = set(_page_sizes(file, start))
    if len(sizes) == 1 and UNTOLD not in sizes:
        return sizes.pop()
    # tifffile and NumPy load here only: files of one size of pages do not pay for them.
    from cytoforge.images.formats.tiff import size

    try:
        return size(str(path))
    except Exception:  # a damaged file makes its reader raise anything
        return None


def _page_sizes(file: BinaryIO, start: bytes) -> Iterator[tuple[int, int]]:
    """Yield height and width among the tags of each page (TIFF 6.0, section 2; BigTIFF)."""
    order = "<" if start[:2] == b"II" else ">"
    big = start[2 if order == "<" else 3] == 43
    place = _number(start[8:16] if big else start[4:8], order)
    length, wide = (20, 8) if big else (12, 4)
    for _ in range(MAX_PLANES):
        file.seek(place)
        count = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))[0]
        tags = file.read(min(count, _MOST_TAGS) * length)
        found = {}
        for at in range(0, len(tags) - length + 1, length):
            tag, kind = struct.unpack(f"{order}HH", tags[at : at + 4])
            if tag in (WIDTH, HEIGHT, DESCRIPTION) and kind in _BYTES:
                value = at + length - wide
                found[tag] = _number(tags[value : value + (_BYTES[kind] or wide)], order)
        place = _number(file.read(wide), order)
        turned = _is_turned(file, found.get(DESCRIPTION, 0))
        yield UNTOLD if turned else (found.get(HEIGHT, 0), found.get(WIDTH, 0))
        if not place:
            return


def _is_turned(file: BinaryIO, place: int) -> bool:
    """Return whether a page's description names axes that do not end with Y, X (and samples S).

    tifffile writes them as JSON behind the shape, and the last two axes as pages: (20, 30, 3) along
    `YXC` becomes 20 pages of 30 × 3 pixels.
    """
    file.seek(min(place, file.seek(0, 2)))  # a short text stands in the place of its place
    text = file.read(_AXES_WITHIN)
    axes = re.search(rb'"axes": "([A-Z]+)"', text) if text.startswith(b'{"shape": ') else None
    return axes is not None and not axes[1].endswith((b"YX", b"YXS"))


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "little" if order == "<" else "big")
