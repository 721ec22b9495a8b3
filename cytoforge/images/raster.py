"""Read PNG and JPEG without changing a value: 16-bit PNG stays 16-bit, also in colour."""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imagecodecs
import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.memory import memory_limit
from cytoforge.images.raw import RawImage, check_size, check_stored, default_names

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Values a pixel by colour type: grey, RGB, palette (decoded to RGB), grey + alpha, RGBA.
PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
# A file is mapped, not read: what its header says is checked before its length costs memory.
Bytes = bytes | mmap.mmap
JPEG_SIGNATURE = b"\xff\xd8\xff"


@contextmanager
def mapped(path: str | Path) -> Iterator[Bytes]:
    """Yield the bytes of a file, none of them read yet."""
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def read_png(path: str, data: Bytes, max_megapixels: float) -> RawImage:
    """Decode a PNG; palettes become RGB, fewer than 8 bits are spread over 0–255."""
    n_bytes = check_png(path, data, max_megapixels)
    with memory_limit(n_bytes):
        return _from_array(imagecodecs.png_decode(data))


def check_png(path: str, data: Bytes, max_megapixels: float) -> int:
    """Refuse a PNG that declares too many pixels; return how many bytes they take at most.

    Text, profiles and the like may take as much as the pixels, and a megabyte.
    """
    # The header chunk comes first: length, "IHDR", width, height, bits, colour type.
    width, height, bits, colour_type = struct.unpack(">IIBB", data[16:26])
    channels = PNG_CHANNELS.get(colour_type, 4)
    check_size(path, height, width, channels, max_megapixels)
    n_bytes = int(height * width * channels * (2 if bits == 16 else 1))
    check_stored(path, len(data), n_bytes)
    return n_bytes


def read_jpeg(path: str, data: Bytes, max_megapixels: float) -> RawImage:
    """Decode a JPEG, grey or RGB, as stored: an EXIF rotation is not applied.

    Raises
    ------
    UserError : CMYK colours, or a file that ends early, which decoders silently fill with grey
    """
    height, width, components, scan = _jpeg_header(data)
    check_size(path, height, width, components, max_megapixels)
    check_stored(path, len(data), height * width * components)
    if components == 4:
        raise UserError(path, "a grey or RGB JPEG", "CMYK colours", "export the image as RGB")
    # Inside a scan every 0xFF is followed by 0, so this can only be the end-of-image mark.
    if data.find(b"\xff\xd9", scan) < 0:
        raise UserError(path, "a whole JPEG", "a file that ends early", "copy the file again")
    with memory_limit(height * width * components):
        return _from_array(imagecodecs.jpeg8_decode(data))


def _from_array(array: np.ndarray) -> RawImage:
    if array.ndim == 2:
        array = array[..., None]
    pixels = np.ascontiguousarray(np.moveaxis(array, -1, 0))  # (C, Y, X)
    count = len(pixels)
    names = ("grey", "alpha") if count == 2 else default_names(count, colour=True)
    return RawImage(pixels, names)


def _jpeg_header(data: Bytes) -> tuple[int, int, int, int]:
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
