"""The way out: a label map in the values that the user's own maps have."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from cytoforge.config.own_maps import OUTSIDE, is_colour
from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import atomic_path, write_text
from cytoforge.references.codes import OWN, Code
from cytoforge.references.own.classes import hex_rgb
from cytoforge.references.own.geojson import annotation

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


def own_outlines(label_map: np.ndarray, codes: Sequence[Code]) -> dict[str, Any] | None:
    """Return a label map (Y, X) as GeoJSON, if it is by outlines that the user has all classes.

    An outline is called by the first name of its class, or its number; the class with the value
    `outside` has none. None: no class has a name, or one has colours alone.
    """
    names = [_name(code) for code in codes]
    named = any(isinstance(v, str) and not is_colour(v) for code in codes for v in code.values)
    if not named or None in names:
        return None
    features = [
        annotation(label_map == code.code, name, code.colour)
        for code, name in zip(codes, names, strict=True)
        if name is not None and OUTSIDE not in code.values and (label_map == code.code).any()
    ]
    return {"type": "FeatureCollection", "features": features}


def _name(code: Code) -> str | None:
    """Return what an outline of a class is called: names come before numbers."""
    values = sorted((v for v in code.values if not is_colour(v)), key=lambda v: isinstance(v, int))
    return str(values[0]) if values else None


def write_own(folder: Path, name: str, label_map: np.ndarray, codes: Sequence[Code]) -> str:
    """Write `{name}_own.tif` of numbers, `{name}_own.png` of colours, or `{name}_own.geojson` of
    outlines where a class has neither; return the file's name."""
    outlines = None if _has_pixels(codes) else own_outlines(label_map, codes)
    if outlines is not None:
        write_text(folder / f"{name}{ENDING}.geojson", json.dumps(outlines) + "\n")
        return f"{name}{ENDING}.geojson"
    pixels = own_pixels(label_map, codes)
    if pixels.ndim == 3:
        write_png(folder / f"{name}{ENDING}.png", pixels)
        return f"{name}{ENDING}.png"
    with atomic_path(folder / f"{name}{ENDING}.tif") as temporary:
        tifffile.imwrite(
            temporary, pixels, photometric="minisblack", compression="deflate", metadata=None
        )
    return f"{name}{ENDING}.tif"


def _has_pixels(codes: Sequence[Code]) -> bool:
    """Return whether every class has a number, or every class a colour."""
    return all(any(isinstance(v, int) for v in c.values) for c in codes) or all(
        any(is_colour(v) for v in c.values) for c in codes
    )
