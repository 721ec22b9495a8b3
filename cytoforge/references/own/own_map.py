"""Read a label map that the user has, whatever it is stored as, as codes of its classes."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.config.base import nearest
from cytoforge.config.own_maps import OUTSIDE
from cytoforge.errors import UserError
from cytoforge.images.nifti_header import is_volume
from cytoforge.jobs.by_name import load
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.references.own.geojson import read_geojson
from cytoforge.references.own.imagej_rois import read_rois
from cytoforge.references.own.map_values import (
    ValueTable,
    codes_of_colours,
    codes_of_numbers,
    value_table,
)
from cytoforge.references.own.outlines import Outline, covered
from cytoforge.references.palette import renumbered_codes
from cytoforge.segmentation.label_file import (
    MAX_MEGAPIXELS,
    decode_labels,
    png_palette,
    without_colours,
)

logger = logging.getLogger(__name__)
OUTLINES: dict[str, Callable[[Path, str], list[Outline]]] = {
    ".roi": read_rois,
    ".zip": read_rois,
    ".geojson": read_geojson,
    ".json": read_geojson,
}


def read_own_map(
    path: str | Path,
    classes: Sequence[MapClass],
    named_in: str,
    shape: tuple[int, int] | None = None,
    plane: dict[str, int] | None = None,
) -> np.ndarray:
    """Return the codes of a map, uint8 (Y, X).

    Parameters
    ----------
    path : whole numbers or colours (.tif, .tiff, .png, .npy), outlines (`OUTLINES`), of which
        a later one lies over earlier ones, or a label volume (.nii, .nii.gz)
    named_in : where the user wrote the path, for messages
    shape : of the image that the map belongs to; None: as the map's own, which outlines have not
    plane : the slice of a label volume, e.g. `{"z": 12}`

    Raises
    ------
    UserError : no such file, another size than the image's, values or outlines of no class, each
        with its count
    """
    path, table = Path(path), value_table(classes)
    where = f"{path} ({named_in})"
    if is_volume(path):
        labels, _ = load("formats", "nifti").read_slice(str(path), plane or {}, MAX_MEGAPIXELS)
        _check_size(labels, shape, where)
        return codes_of_numbers(labels, table.numbers, where)
    if path.suffix.lower() not in OUTLINES:
        return _of_pixels(path, classes, where, shape)
    if not path.is_file():
        raise UserError(where, "a file of outlines", "no such file", "correct the path")
    if shape is None:
        raise UserError(
            where, "a map in pixels", "outlines, which have no size", "export it as an image"
        )
    return _of_outlines(OUTLINES[path.suffix.lower()](path, where), table, where, shape)


def _of_pixels(
    path: Path, classes: Sequence[MapClass], where: str, shape: tuple[int, int] | None
) -> np.ndarray:
    table = value_table(classes)
    # An image larger than the default limit was let in by the config, and so is its map.
    most = max(MAX_MEGAPIXELS, shape[0] * shape[1] / 1e6) if shape else MAX_MEGAPIXELS
    stored = decode_labels(path, where, most)
    if stored.ndim == 3 and len(stored) in (3, 4) and stored.shape[-1] not in (3, 4):
        stored = np.moveaxis(stored, 0, -1)  # a plane per colour
    _check_size(stored, shape, where)
    if stored.ndim == 2:
        palette = _palette(path)
        codes = _renumbered(stored, palette, classes, table, where)
        if codes is not None:
            return codes
        stored = _in_colours(stored, palette, table)
    elif stored.shape[-1] == 2:
        stored = stored[..., 0]  # grey, and how opaque it is
    if not table.numbers and table.colours and stored.dtype == np.uint8:
        if stored.ndim == 2:
            stored = np.repeat(stored[..., None], 3, axis=-1)
        return codes_of_colours(stored[..., :3], table.colours, where)
    if stored.ndim == 3 and table.colours and stored.dtype == np.uint8 and not _grey(stored):
        return codes_of_colours(stored[..., :3], table.colours, where)
    plane = without_colours(stored)
    if plane.ndim != 2 or plane.dtype.kind not in "uif":
        raise UserError(
            where,
            "one plane of whole numbers, or colours of 8 bits whose classes the table names",
            f"an array of shape {stored.shape}, type {stored.dtype}",
            'name the colours in `classes` ("#ff0000"), or export numbers',
        )
    return codes_of_numbers(plane, table.numbers, where)


def _renumbered(
    indices: np.ndarray,
    palette: np.ndarray | None,
    classes: Sequence[MapClass],
    table: ValueTable,
    where: str,
) -> np.ndarray | None:
    """Return the codes of an indexed picture to whose indices an editor gave new numbers."""
    coloured = [code for code in class_codes(classes) if classes[code.code].colour is not None]
    if palette is None or not table.numbers or (palette == palette[:, :1]).all():
        return None
    return renumbered_codes(indices, palette, coloured, table.numbers, where)


def _in_colours(indices: np.ndarray, palette: np.ndarray | None, table: ValueTable) -> np.ndarray:
    """Return the colours of an indexed picture, (Y, X, 3), where the table names these and not the
    indices; else the indices, (Y, X)."""
    if palette is None or not table.colours:
        return indices
    used = np.unique(indices)
    if used[-1] >= len(palette) or set(used.tolist()) <= table.numbers.keys():
        return indices
    return palette[indices]


def _grey(pixels: np.ndarray) -> bool:
    return bool((pixels[..., :3] == pixels[..., :1]).all())


def _palette(path: Path) -> np.ndarray | None:
    """Return the colours of an indexed picture, (n, 3) uint8; None of others."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return png_palette(path)
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        stored = page.colormap if page.photometric == tifffile.PHOTOMETRIC.PALETTE else None
    if stored is None:
        return None
    # Of 16 bits by the standard; some programs write 8.
    return (np.asarray(stored).T >> (8 if np.max(stored) > 255 else 0)).astype(np.uint8)


def _check_size(stored: np.ndarray, shape: tuple[int, int] | None, where: str) -> None:
    found = stored.shape[:2]
    if stored.ndim in (2, 3) and (stored.ndim == 2 or stored.shape[-1] in (2, 3, 4)):
        if shape is None or found == shape:
            return
        expected = f"the size of its image: {shape[0]} × {shape[1]} px"
        shown = f"{found[0]} × {found[1]} px"
        raise UserError(where, expected, shown, "export the map at the image's own resolution")
    raise UserError(where, "one plane, or its colours", f"shape {stored.shape}", "export one plane")


def _of_outlines(
    outlines: Sequence[Outline], table: ValueTable, where: str, shape: tuple[int, int]
) -> np.ndarray:
    codes = _known_codes(outlines, table, where)
    # 256 codes fill 8 bits: what is covered is kept beside them.
    found, over = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    beyond = 0
    for outline, code in zip(outlines, codes, strict=True):
        inside_image = False
        for box, inside in covered(outline, shape):
            found[box][inside] = code
            over[box] |= inside
            inside_image = True
        beyond += not inside_image
    if beyond:
        raise UserError(
            where,
            f"outlines in pixels of its image, {shape[1]} × {shape[0]} px",
            f"{beyond} of {len(outlines)} that lie beside it",
            "give the outlines of this image, drawn at its own resolution",
        )
    return _with_ground(found, over, table, where)


def _with_ground(found: np.ndarray, over: np.ndarray, table: ValueTable, where: str) -> np.ndarray:
    """Give the pixels of no outline their class."""
    if over.all():
        return found
    if OUTSIDE not in table.names:
        bare = over.size - int(over.sum())
        raise UserError(
            where,
            f"outlines that cover the image, or a class with the value `{OUTSIDE}`",
            f"{bare:,} px ({100 * bare / over.size:.2g} %) that no outline covers",
            f"add `{OUTSIDE}` to the values of the ground",
        )
    found[~over] = table.names[OUTSIDE]
    return found


def _code(outline: Outline, table: ValueTable) -> int | None:
    """Return the code of an outline by what it may be called, in numbers too: a group's."""
    for value in outline.values:
        if value in table.names:
            return table.names[value]
        if value.isdecimal() and int(value) in table.numbers:
            return table.numbers[int(value)]
    return None


def _known_codes(outlines: Sequence[Outline], table: ValueTable, where: str) -> list[int]:
    """Return the code of each outline; UserError names those that the table does not know."""
    found = [(outline.label, _code(outline, table)) for outline in outlines]
    unknown = Counter(label for label, code in found if code is None)
    if not unknown:
        return [code for _, code in found if code is not None]
    names = [*table.names, *map(str, table.numbers)]
    listed = [f"{name!r} × {count}{nearest(name, names)}" for name, count in unknown.most_common(6)]
    more = f", and {len(unknown) - 6} more" if len(unknown) > 6 else ""
    raise UserError(
        where,
        f"outlines of its classes: {', '.join(names[:20])}",
        f"outlines of no class: {', '.join(listed)}{more}",
        "add their names to the values of a class, or name the outlines by class",
    )
