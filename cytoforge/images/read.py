"""Read a raw image file of any supported format, told by its first bytes, not by its name."""

import struct
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images import raster, tiff
from cytoforge.images.raw import RawImage
from cytoforge.images.values import storable

FORMATS = "TIFF, OME-TIFF, SVS, PNG or JPEG"
TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_raw(
    path: str,
    names: tuple[str, ...] = (),
    plane: dict[str, int] | None = None,
    max_megapixels: float = 400,
) -> RawImage:
    """Read one plane of a file.

    Parameters
    ----------
    names : names of the file's channels in order, overruling the file's own; empty: the file's
    plane : plane of a stack, counted from 1, e.g. `{"t": 3, "z": 1}`
    max_megapixels : refuse a file whose header declares more, before memory is reserved

    Returns
    -------
    RawImage with pixels of dtype uint8, uint16 or float32 (see `values.storable`); a constant
    transparency channel is dropped

    Raises
    ------
    UserError : naming the file, for anything that is wrong with it
    """
    raw = _decode(path, plane or {}, max_megapixels)
    # A channel that the table names is kept, were it the fourth of RGBA.
    if len(names) != len(raw.channels):
        raw = _without_alpha(path, raw)
    if names and len(names) != len(raw.channels):
        raise UserError(
            path,
            f"{len(names)} channels ({', '.join(names)}), as column `channels` says",
            f"{len(raw.channels)} ({', '.join(raw.channels)})",
            "name the file's channels in their order",
        )
    return RawImage(storable(path, raw.pixels), names or raw.channels, raw.pixel_size_um)


def stack_planes(path: str) -> dict[str, int]:
    """Return the number of planes along `t` and `z` from the header; empty for a single plane.

    Raises
    ------
    UserError : no such file, or not a readable image
    """
    if _format(path, _head(path)) != "tiff":
        return {}
    try:
        return tiff.stack_planes(path)
    except Exception as error:
        raise _unreadable(path, error) from error


def _decode(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    kind = _format(path, _head(path))
    try:
        if kind == "tiff":
            return tiff.read_tiff(path, plane, max_megapixels)
        if any(number > 1 for number in plane.values()):
            raise UserError(path, f"plane {plane}", "a single plane", "empty column `planes`")
        reader = raster.read_png if kind == "png" else raster.read_jpeg
        with raster.mapped(path) as data:
            return reader(path, data, max_megapixels)
    except UserError:
        raise
    # A damaged file can make a decoder raise anything; the user needs its name either way.
    except Exception as error:
        raise _unreadable(path, error) from error


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(8)
    except FileNotFoundError as error:
        raise UserError(path, "an image file", "no such file", "correct the path") from error
    except OSError as error:
        raise UserError(
            path,
            "a readable file",
            error.strerror or str(error),
            "mend the path or its permissions",
        ) from error


def _format(path: str, head: bytes) -> str:
    if not head:
        raise UserError(path, FORMATS, "an empty file (0 bytes)", "copy or export it again")
    if head[:4] in TIFF_SIGNATURES:
        return "tiff"
    if head == raster.PNG_SIGNATURE:
        return "png"
    if head[:3] == raster.JPEG_SIGNATURE:
        return "jpeg"
    raise UserError(path, FORMATS, f"a file that begins with {head!r}", "convert the image to TIFF")


def _unreadable(path: str, error: Exception) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, MemoryError):
        return UserError(
            path,
            "an image that fits into memory",
            "too little memory, or compressed data that hold more than the file declares",
            "export the image again, or read it on a machine with more memory",
        )
    end = isinstance(error, struct.error)
    reason = "it ends early" if end else f"{type(error).__name__}: {error}"
    return UserError(
        path, "a whole, readable image", f"a damaged file ({reason})", "copy or export it again"
    )


def _without_alpha(path: str, raw: RawImage) -> RawImage:
    """Drop a constant alpha channel; a varying one hides or mixes pixels."""
    if raw.channels[-1] != "alpha":
        return raw
    alpha = raw.pixels[-1]
    if np.any(alpha != alpha.flat[0]):
        kind = "RGBA" if len(raw.channels) == 4 else "grey with alpha"
        raise UserError(
            path,
            "grey or RGB",
            f"{kind}, with transparency from {alpha.min()} to {alpha.max()}",
            "flatten the image onto one background colour",
        )
    return RawImage(raw.pixels[:-1], raw.channels[:-1], raw.pixel_size_um)
