"""Read a raw image file of any supported format, told by its first bytes, not by its name."""

from pathlib import Path
from typing import Protocol, cast

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.raw import RawImage, readable
from cytoforge.images.values import storable
from cytoforge.jobs.by_name import load, names_in

FORMATS = "TIFF, OME-TIFF, SVS, PNG, JPEG or NIfTI"


class Format(Protocol):
    """What a module of `cytoforge.images.formats` offers; a new one needs no other line."""

    SIGNATURES: tuple[bytes, ...]
    """First bytes of a file of this format, at most 8."""

    def read(self, path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
        """Read one plane, counted from 1 (empty: the only one), of at most so many pixels."""
        ...

    def count_planes(self, path: str) -> dict[str, int]:
        """Return the number of planes along `t` and `z`, from the header."""
        ...

    def channels(self, path: str, plane: dict[str, int]) -> tuple[str, ...]:
        """Return the names of the channels of a plane, from the header; may be left out."""
        ...


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
    with readable(path):
        return _format(path, _head(path)).count_planes(path)


def format_of(path: str) -> str:
    """Return the name of a file's format, a module of `cytoforge.images.formats`.

    Raises
    ------
    UserError : no such file, or not a readable image
    """
    return _format_name(path, _head(path))


def channels_of(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the names of a file's channels from its header; none where its format does not tell.

    Raises
    ------
    UserError : no such file, or not a readable image
    """
    with readable(path):
        found = _format(path, _head(path))
        return found.channels(path, plane) if hasattr(found, "channels") else ()


def _decode(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    with readable(path):
        return _format(path, _head(path)).read(path, plane, max_megapixels)


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
            "correct the path or its permissions",
        ) from error


def _format(path: str, head: bytes) -> Format:
    return cast(Format, load("formats", _format_name(path, head)))


def _format_name(path: str, head: bytes) -> str:
    if not head:
        raise UserError(path, FORMATS, "an empty file (0 bytes)", "copy or export it again")
    for name in names_in("formats"):
        if head.startswith(cast(Format, load("formats", name)).SIGNATURES):
            return name
    raise UserError(path, FORMATS, f"a file that begins with {head!r}", "convert the image to TIFF")


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
