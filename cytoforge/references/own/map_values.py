"""Codes of the values of a label map that the user has: whole numbers, or colours."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.config.own_maps import is_colour
from cytoforge.errors import UserError
from cytoforge.references.own.classes import MapClass

# Pixels that are compared at once, whatever the size of the map: 8 bytes each, some five times.
_BAND_PX = 4_000_000
# More unknown values than these are no slip in a table.
_MANY = 30
_MOST_NAMED = 6
# Of a photo in place of a map, not every colour is counted.
_MOST_COUNTED = 10_000


@dataclass(frozen=True)
class ValueTable:
    """Which code each value has, by kind; colours as 0xrrggbb."""

    numbers: Mapping[int, int]
    colours: Mapping[int, int]
    names: Mapping[str, int]


def value_table(classes: Sequence[MapClass]) -> ValueTable:
    """Return the codes of all values of classes."""
    pairs = [(value, code) for code, one in enumerate(classes) for value in one.values]
    return ValueTable(
        {value: code for value, code in pairs if isinstance(value, int)},
        {int(str(value)[1:], 16): code for value, code in pairs if is_colour(value)},
        {str(v): code for v, code in pairs if isinstance(v, str) and not is_colour(v)},
    )


def codes_of_numbers(plane: np.ndarray, codes: Mapping[int, int], where: str) -> np.ndarray:
    """Return the codes of whole numbers, uint8 (Y, X).

    Parameters
    ----------
    plane : (Y, X) integers of any depth, or floats without fractions
    codes : code by number
    where : the file, for messages

    Raises
    ------
    UserError : numbers that are not in the table, each with its count
    """
    return _looked_up(plane, codes, where, _number)


def codes_of_colours(pixels: np.ndarray, codes: Mapping[int, int], where: str) -> np.ndarray:
    """Return the codes of colours, uint8 (Y, X); raises UserError for those of no class.

    Parameters
    ----------
    pixels : (Y, X, 3) uint8: red, green, blue
    codes : code by colour, 0xrrggbb
    """
    packed = np.zeros(pixels.shape[:2], np.uint32)
    for channel in range(3):
        packed = packed << np.uint32(8) | pixels[..., channel]
    return _looked_up(packed, codes, where, lambda value: f"#{int(value):06x}")


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def _looked_up(
    plane: np.ndarray, codes: Mapping[int, int], where: str, shown: Callable[[float], str]
) -> np.ndarray:
    known = np.array(sorted(v for v in codes if _fits(v, plane.dtype)), plane.dtype)
    numbers = np.array([codes[int(value)] for value in known.tolist()], np.uint8)
    found = np.zeros(plane.shape, np.uint8)
    unknown: Counter[float] = Counter()
    for rows in _bands(plane.shape):
        band = plane[rows]
        right = np.zeros(band.shape, bool)
        if len(known):
            place = np.searchsorted(known, band).clip(max=len(known) - 1)
            right = known[place] == band
            found[rows] = numbers[place]
        if not right.all() and len(unknown) < _MOST_COUNTED:
            values, counts = np.unique(band[~right], return_counts=True)
            unknown.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    if unknown:
        raise _unknown(unknown, plane.size, [shown(value) for value in codes], where, shown)
    return found


def _fits(value: int, dtype: np.dtype) -> bool:
    """Return whether a type holds a value exactly; floats hold whole numbers up to a limit."""
    if dtype.kind == "f":
        return int(dtype.type(value)) == value
    return np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def _bands(shape: tuple[int, ...]) -> Iterator[slice]:
    height = max(_BAND_PX // max(shape[1], 1), 1)
    return (slice(row, row + height) for row in range(0, shape[0], height))


def _unknown(
    unknown: Counter[float],
    size: int,
    known: Sequence[str],
    where: str,
    shown: Callable[[float], str],
) -> UserError:
    more = len(unknown) - _MOST_NAMED
    parts = [
        f"{shown(value)} in {count:,} px ({100 * count / size:.2g} %)"
        for value, count in unknown.most_common(_MOST_NAMED)
    ]
    fix = "add them to `classes`, or correct the map"
    if len(unknown) > _MANY and shown(0).startswith("#"):
        fix = "export the map without smoothed edges and not as JPEG: both make colours in between"
    elif len(unknown) > _MANY:
        fix = (
            "give a map of classes: one number per object is for segmentations with"
            " `method: labels`, grey values are an image"
        )
    listed = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return UserError(
        where=where,
        expected=f"the values of its classes: {listed or 'none of this kind'}",
        found="values of no class: "
        + ", ".join(parts)
        + (f", and {more} more" if more > 0 else ""),
        fix=fix,
    )
