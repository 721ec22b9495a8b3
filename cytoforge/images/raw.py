"""What a reader of one file format hands over."""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError

RGB = ("red", "green", "blue")
Bytes = bytes | mmap.mmap


@dataclass(frozen=True)
class RawImage:
    """Pixels of one plane as the file has them.

    Attributes
    ----------
    pixels : ndarray of shape (C, Y, X), the file's own dtype and values
    channels : name of each channel; a transparency channel is called `alpha`
    pixel_size_um : width and height of a pixel in micrometres, or None when the file does not say
    """

    pixels: np.ndarray
    channels: tuple[str, ...]
    pixel_size_um: tuple[float, float] | None = None


def default_names(count: int, colour: bool) -> tuple[str, ...]:
    """Return names for channels that the file does not name.

    >>> default_names(1, False), default_names(2, False)
    (('grey',), ('c0', 'c1'))
    >>> default_names(4, True)
    ('red', 'green', 'blue', 'alpha')
    """
    if colour and count in (3, 4):
        return (*RGB, "alpha")[:count]
    return ("grey",) if count == 1 else tuple(f"c{index}" for index in range(count))


def from_picture(picture: np.ndarray) -> RawImage:
    """Return a decoded picture, (Y, X) or (Y, X, C), of grey, grey with alpha, RGB or RGBA."""
    planes = picture[..., None] if picture.ndim == 2 else picture
    pixels = np.ascontiguousarray(np.moveaxis(planes, -1, 0))  # (C, Y, X)
    count = len(pixels)
    return RawImage(pixels, ("grey", "alpha") if count == 2 else default_names(count, colour=True))


@contextmanager
def mapped(path: str | Path) -> Iterator[Bytes]:
    """Yield the bytes of a file, mapped: its header is checked before its length costs memory."""
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Name the file whatever a decoder raises: a damaged one can make it raise anything."""
    try:
        yield
    except UserError:
        raise
    except MemoryError as error:
        raise UserError(
            path,
            "an image that fits into memory",
            "too little memory, or compressed data that hold more than the file declares",
            "export the image again, or read it on a machine with more memory",
        ) from error
    except Exception as error:
        end = isinstance(error, struct.error)
        reason = "it ends early" if end else f"{type(error).__name__}: {error}"
        raise UserError(
            path, "a whole, readable image", f"a damaged file ({reason})", "copy or export it again"
        ) from error
