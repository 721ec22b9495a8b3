"""The way out: a label map in the values that the user's own maps have."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.config.own_maps import is_colour
from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import atomic_path
from cytoforge.references.codes import OWN, Code
from cytoforge.references.own.classes import hex_rgb

# From small to large: a map is stored in the first type that holds all its values.
_TYPES = (np.uint8, np.uint16, np.uint32, np.int32, np.uint64, np.int64)
# What the file beside a field's label map is called.
ENDING = "_own"


def is_own(codes: Sequence[Code]) -> bool:
    """Return whether these are classes of the user's."""
    return bool(codes) and all(code.region == OWN for code in codes)


def own_pixels(label_map: np.ndarray, codes: Sequence[Code]) -> np.ndarray:
    """Return a label map (Y, X) of codes in the user's values, the first of each class: whole
    numbers (Y, X) in the smallest type that holds all, or colours, uint8 (Y, X, 3).

    Numbers if every class has one, else colours; a class without a colour, such as one of
    outlines, takes that of the previews.
    """
    numbers = [next((v for v in code.values if isinstance(v, int)), None) for code in codes]
    known = [number for number in numbers if number is not None]
    colours = [next((v for v in code.values if is_colour(v)), None) for code in codes]
    first_are_colours = all(is_colour(code.values[0]) for code in codes)
    if len(known) == len(codes) and not first_are_colours:
        return np.array(known, _smallest_type(known))[label_map]
    table = [
        code.colour if colour is None else hex_rgb(str(colour))
        for code, colour in zip(codes, colours, strict=True)
    ]
    return np.array(table, np.uint8)[label_map]


def _smallest_type(values: Sequence[int]) -> type[np.integer]:
    return next(
        kind
        for kind in _TYPES
        if np.iinfo(kind).min <= min(values) and max(values) <= np.iinfo(kind).max
    )


def write_own(folder: Path, name: str, label_map: np.ndarray, codes: Sequence[Code]) -> str:
    """Write `{name}_own.tif` of numbers, or `{name}_own.png` of colours; return the file's name."""
    pixels = own_pixels(label_map, codes)
    if pixels.ndim == 3:
        write_png(folder / f"{name}{ENDING}.png", pixels)
        return f"{name}{ENDING}.png"
    with atomic_path(folder / f"{name}{ENDING}.tif") as temporary:
        tifffile.imwrite(
            temporary, pixels, photometric="minisblack", compression="deflate", metadata=None
        )
    return f"{name}{ENDING}.tif"
