"""Read PNG without changing a value: 16 bits stay 16 bits, also in colour."""

import struct

import imagecodecs

from cytoforge.images.limits import check_single_plane, check_size, check_stored
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.raw import Bytes, RawImage, default_names, from_picture, mapped

SIGNATURES = (b"\x89PNG\r\n\x1a\n",)
# Values per pixel by colour type: grey, RGB, palette (decoded to RGB), grey + alpha, RGBA.
CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


def read(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    """Decode a PNG; palettes become RGB, fewer than 8 bits are spread over 0–255.

    Raises
    ------
    UserError : too large, or another plane than the first
    """
    check_single_plane(path, plane)
    with mapped(path) as data:
        n_bytes = check_png(path, data, max_megapixels)
        with memory_limit(n_bytes):
            return from_picture(imagecodecs.png_decode(data))


def count_planes(path: str) -> dict[str, int]:
    """Return no axis: a PNG is a single plane."""
    return {}


def channels(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the names of the channels that `read` would give, from the header."""
    with mapped(path) as data:
        count = CHANNELS.get(data[25], 4)
    return ("grey", "alpha") if count == 2 else default_names(count, colour=True)


def check_png(path: str, data: Bytes, max_megapixels: float) -> int:
    """Refuse a PNG that declares too many pixels; return how many bytes they take at most.

    Text, profiles and the like may take as much as the pixels, and a megabyte.
    """
    # The header chunk comes first: length, "IHDR", width, height, bits, colour type.
    width, height, bits, colour_type = struct.unpack(">IIBB", data[16:26])
    channels = CHANNELS.get(colour_type, 4)
    check_size(path, height, width, channels, max_megapixels)
    n_bytes = int(height * width * channels * (2 if bits == 16 else 1))
    check_stored(path, len(data), n_bytes)
    return n_bytes
