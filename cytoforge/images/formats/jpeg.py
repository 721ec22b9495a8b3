"""Read JPEG as it is stored, grey or RGB."""

import struct

import imagecodecs

from cytoforge.errors import UserError
from cytoforge.images.limits import check_single_plane, check_size, check_stored
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.raw import Bytes, RawImage, default_names, from_picture, mapped

SIGNATURES = (b"\xff\xd8\xff",)


def read(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    """Decode a JPEG, grey or RGB, as stored: an EXIF rotation is not applied.

    Raises
    ------
    UserError : too large, another plane than the first, CMYK colours, or a file that ends early,
        which decoders silently fill with grey
    """
    check_single_plane(path, plane)
    with mapped(path) as data:
        height, width, components, scan = _header(data)
        check_size(path, height, width, components, max_megapixels)
        check_stored(path, len(data), height * width * components)
        if components == 4:
            raise UserError(path, "a grey or RGB JPEG", "CMYK colours", "export the image as RGB")
        # Inside a scan every 0xFF is followed by 0, so this can only be the end-of-image mark.
        if data.find(b"\xff\xd9", scan) < 0:
            raise UserError(path, "a whole JPEG", "a file that ends early", "copy the file again")
        with memory_limit(height * width * components):
            return from_picture(imagecodecs.jpeg8_decode(data))


def count_planes(path: str) -> dict[str, int]:
    """Return no axis: a JPEG is a single plane."""
    return {}


def channels(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the names of the channels that `read` would give, from the header."""
    with mapped(path) as data:
        return default_names(_header(data)[2], colour=True)


def _header(data: Bytes) -> tuple[int, int, int, int]:
    """Return height, width, components, and where the first scan begins."""
    position, frame = 2, None
    while True:
        marker, length = struct.unpack(">xBH", data[position : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # start of frame
            frame = struct.unpack(">HHB", data[position + 5 : position + 10])
        if marker == 0xDA:  # start of scan
            if frame is None:
                raise ValueError("no frame header before the first scan")
            return (*frame, position + 2 + length)
        position += 2 + length
