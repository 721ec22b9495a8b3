"""Pixel size from TIFF metadata, and the choice between all that state one."""

import re
from collections.abc import Sequence

import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ome_xml import MICROMETRES, physical_size

# 72, 96 and 300 dpi, which programs write when they know nothing, are pixels of 353, 265 and 85 µm.
# A pixel of 10 µm is 2540 dpi: finer than any print, coarser than any microscope.
PRINT_UM = 10.0
MIN_UM = 0.001
# Sizes are rounded when they are written (0.499, 0.65); this is far below any real difference.
TOLERANCE = 0.01

Size = tuple[float, float]


def tiff_pixel_size(tiff: tifffile.TiffFile) -> Size | None:
    """Return width and height of a pixel in micrometres, or None when unknown.

    Sources, in order: OME-XML, Aperio's `MPP`, ImageJ's unit, the TIFF resolution tags. Lengths
    given in inches or centimetres count only from 0.001 to 10 µm per pixel, as they are
    usually the resolution of a print (72 dpi), not of a microscope.
    """
    if tiff.is_ome:
        return physical_size(tiff.ome_metadata or "")
    page = tiff.pages.first
    if tiff.is_svs:
        match = re.search(r"\bMPP\s*=\s*([\d.]+)", page.description)
        return (float(match[1]), float(match[1])) if match and float(match[1]) > 0 else None
    if tiff.is_imagej:
        # ImageJ writes the micro sign as the six characters \u00B5.
        unit = str((tiff.imagej_metadata or {}).get("unit", "")).replace("\\u00B5", "µ")
        return _from_tags(page, MICROMETRES.get(unit))
    units = {tifffile.RESUNIT.INCH: 25_400.0, tifffile.RESUNIT.CENTIMETER: 10_000.0}
    tag = page.tags.get("ResolutionUnit")
    return _from_tags(page, units.get(tag.value) if tag else None)


def _from_tags(page: tifffile.TiffPage, unit_um: float | None) -> Size | None:
    """Return the size that XResolution and YResolution, pixels per unit, give."""
    if unit_um is None:
        return None
    sizes = []
    for name in ("XResolution", "YResolution"):
        tag = page.tags.get(name)
        if tag is None:
            return None
        numerator, denominator = tag.value
        if numerator <= 0 or denominator <= 0:
            return None
        sizes.append(unit_um * denominator / numerator)
    if unit_um > 1 and not all(MIN_UM <= size <= PRINT_UM for size in sizes):
        return None
    return sizes[0], sizes[1]


def choose_pixel_size(
    name: str, config: float | None, table: float | None, files: Sequence[Size | None]
) -> float | None:
    """Return the pixel size in micrometres: the config's, else the table's, else the files'.

    Raises
    ------
    UserError : the files disagree, or their pixels are not square, and nothing overrules them
    """
    for size in (config, table):
        if size is not None:
            return size
    known = [length for size in files if size is not None for length in size]
    if not known:
        return None
    if max(known) > min(known) * (1 + TOLERANCE):
        found = " and ".join(f"{length:g} µm" for length in sorted(set(known)))
        raise UserError(
            name,
            "square pixels of one size",
            f"{found} in the files' metadata",
            "resample the image, or state the size in column `pixel_size_um`",
        )
    return known[0]
