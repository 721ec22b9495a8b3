"""Read one plane of a TIFF: any axis order, OME, ImageJ, SVS level 0; never half a file."""

from math import prod

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.limits import check_size
from cytoforge.images.pixel_size import tiff_pixel_size
from cytoforge.images.raw import RawImage, default_names
from cytoforge.images.tiff_colours import COLOUR, as_rgb, check_colours
from cytoforge.images.tiff_pages import open_tiff, read_series
from cytoforge.images.tiff_series import main_series, ome_channel_names

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF
ALPHA = {tifffile.EXTRASAMPLE.ASSOCALPHA, tifffile.EXTRASAMPLE.UNASSALPHA}
STACK_AXES = {"T": "t", "Z": "z"}


def read(path: str, plane: dict[str, int], max_megapixels: float) -> RawImage:
    """Read one plane of the file's image at full resolution.

    Parameters
    ----------
    plane : e.g. `{"t": 3, "z": 1}`, counted from 1; empty for a file with a single plane

    Raises
    ------
    UserError : truncated, too large, several images, a stack where a plane is expected, a plane
        that is not there, or colours that are not grey values (CMYK, palettes)
    """
    with open_tiff(path) as tiff:
        series = main_series(path, tiff)
        check_colours(path, tiff, series.keyframe)
        roles = _roles(series, asked=bool(plane))
        if "Y" not in roles or "X" not in roles:
            raise UserError(
                path, "an image with axes Y and X", f"axes {series.axes}", "export it as an image"
            )
        index = _plane_index(path, roles, series.shape, plane)
        kept = [(role, n) for role, n in zip(roles, series.shape, strict=True) if role not in "tz"]
        sizes = dict(kept)
        count = prod(n for role, n in kept if role in "CS")
        check_size(path, sizes["Y"], sizes["X"], count, max_megapixels)
        # A small image may still declare a giant tile, which is decoded whole.
        tile = series.keyframe.chunks
        check_size(path, 1, max(tile), prod(tile) // max(tile), max_megapixels)
        array = read_series(path, series, index)
        order = sorted(range(len(kept)), key=lambda axis: "CSYX".index(kept[axis][0]))
        pixels = array.transpose(order).reshape(count, sizes["Y"], sizes["X"])  # (C, Y, X)
        pixels = as_rgb(path, series.keyframe, pixels)
        return RawImage(pixels, _names(series, roles), tiff_pixel_size(series))


def read_stored(path: str, max_megapixels: float) -> np.ndarray:
    """Return the file's image as it is stored, whatever its axes and type; colours come last.

    Raises
    ------
    UserError : truncated, too large, several images, or metadata that cannot be trusted
    """
    with open_tiff(path) as tiff:
        series = main_series(path, tiff)
        *others, height, width = (1, 1, *series.shape)
        check_size(path, height, width, prod(others), max_megapixels)
        stored = read_series(path, series, (slice(None),) * series.ndim)
        return np.moveaxis(stored, series.axes.index("S"), -1) if "S" in series.axes else stored


def size(path: str) -> tuple[int, int]:
    """Return (height, width) in px of the image that `read` would give, from the header."""
    with open_tiff(path) as tiff:
        series = main_series(path, tiff)
        sizes = dict(zip(series.axes, series.shape, strict=True))
        return int(sizes["Y"]), int(sizes["X"])


def count_planes(path: str) -> dict[str, int]:
    """Return the number of planes along `t` and `z`, from the header; empty for a single plane.

    Pages without a named axis count as `z`.
    """
    with open_tiff(path) as tiff:
        series = main_series(path, tiff)
        roles = _roles(series, asked=True)
        return {role: n for role, n in zip(roles, series.shape, strict=True) if role in "tz"}


def channels(path: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return the names of the channels that `read` would give, from the header."""
    with open_tiff(path) as tiff:
        series = main_series(path, tiff)
        return _names(series, _roles(series, asked=bool(plane)))


def _roles(series: tifffile.TiffPageSeries, asked: bool) -> str:
    """Return a letter per axis: t and z are stacks, C and S channels, Y, X.

    An axis that the file does not name (tifffile's I and Q) is a stack when the table asks for
    planes, else channels.
    """
    named = any(axis in STACK_AXES for axis in series.axes)
    other = "z" if asked and not named else "C"
    roles = ""
    for axis in series.axes:
        role = axis if axis in "CSYX" else STACK_AXES.get(axis, other)
        roles += role if role not in roles or role not in "tz" else "C"
    return roles


def _plane_index(
    path: str, roles: str, shape: tuple[int, ...], plane: dict[str, int]
) -> tuple[int | slice, ...]:
    """Return what to take of each axis of the series."""
    sizes = {role: n for role, n in zip(roles, shape, strict=True) if role in "tz"}
    for axis, number in plane.items():
        if number > sizes.get(axis, 1):
            raise UserError(
                path,
                f"plane {axis}={number}, as samples.tsv says",
                f"{sizes.get(axis, 1)} plane(s) along {axis}",
                "set column `planes` to `all` or to the numbers the file has",
            )
    if missing := {axis: n for axis, n in sizes.items() if axis not in plane}:
        raise UserError(
            path,
            "one plane",
            "a stack: " + ", ".join(f"{axis}={n}" for axis, n in missing.items()),
            "set column `planes` of samples.tsv to `all`: each plane becomes an image",
        )
    return tuple(plane[role] - 1 if role in "tz" else slice(None) for role in roles)


def _names(series: tifffile.TiffPageSeries, roles: str) -> tuple[str, ...]:
    sizes = dict(zip(roles, series.shape, strict=True))
    count = prod(n for role, n in zip(roles, series.shape, strict=True) if role == "C")
    page = series.keyframe
    samples = default_names(sizes.get("S", 1), page.photometric in COLOUR)
    # Extra samples may be anything (TIFF 6.0, section 18: 0 is "unspecified data").
    if sizes.get("S") == 2 and ALPHA & set(page.extrasamples):
        samples = ("grey", "alpha")
    named = ome_channel_names(series)
    channels = named if len(named) == count else default_names(count, colour=False)
    if "S" not in roles:
        return channels
    if count == 1:
        return samples
    return tuple(f"{channel}_{sample}" for channel in channels for sample in samples)
