"""Pixel size from TIFF metadata, and the choice between all that state one."""

from collections.abc import Sequence

import tifffile

from cytoforge.errors import UserError
from cytoforge.images.units import both_sides, micrometres, positive
from cytoforge.images.vendor_sizes import Size, vendor_size

RATIONAL = (tifffile.DATATYPE.RATIONAL, tifffile.DATATYPE.SRATIONAL)
INCH_UM, CENTIMETRE_UM = 25_400.0, 10_000.0
RESOLUTION_UNITS: dict[float | None, float] = {
    tifffile.RESUNIT.INCH: INCH_UM,
    tifffile.RESUNIT.CENTIMETER: CENTIMETRE_UM,
    tifffile.RESUNIT.MILLIMETER: 1000.0,
    tifffile.RESUNIT.MICROMETER: 1.0,
}
# Programs that know nothing write the resolution of a screen or a print: 72, 96 and 300 dpi are
# pixels of 353, 265 and 85 µm. A macroscope's pixels are smaller than these; those up to 100 µm
# count unless they are one of the resolutions that printers and scanners offer.
MIN_UM, MAX_UM = 0.001, 100.0
PRINT_DPI = (
    *(254, 266, 300, 350, 360, 400, 450, 500, 600, 720, 800, 900),
    *(1000, 1200, 1440, 1600, 1800, 2000, 2400),
)
# Sizes are rounded when they are written (0.499, 0.65); this is far below any real difference.
TOLERANCE = 0.01


def tiff_pixel_size(series: tifffile.TiffPageSeries) -> Size | None:
    """Return width and height of a pixel in micrometres, or None when unknown.

    Sources, in order: what vendors write (OME-XML, Aperio, Micro-Manager, MetaSeries, ..., see
    `vendor_sizes`), ImageJ's unit, the TIFF resolution tags. Lengths in inches and centimetres
    count only where they are no print's, as `plausible` says.
    """
    return vendor_size(series) or _imagej_size(series) or _resolution_size(series.keyframe)


def tag_ratio(tag: tifffile.TiffTag | None) -> tuple[float, float] | None:
    """Return a tag's first number as numerator and denominator, whatever the tag's type.

    None unless both are finite and above 0.
    """
    if tag is None:
        return None
    values = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    above = positive(values[0]) if values else None
    below = positive(values[1]) if tag.dtype in RATIONAL and len(values) > 1 else 1.0
    return (above, below) if above and below else None


def plausible(size_um: float) -> bool:
    """Return whether a length in inches or centimetres is a pixel's, not a print's or a screen's.

    >>> plausible(0.5), plausible(13.55), plausible(25_400 / 300), plausible(25_400 / 72)
    (True, True, False, False)
    """
    dpi, per_cm = INCH_UM / size_um, CENTIMETRE_UM / size_um
    # A print's resolution is written per inch, or per centimetre with all digits or rounded.
    printed = any(
        abs(dpi / known - 1) < 1e-4 or abs(per_cm - round(known / 2.54)) < 1e-6
        for known in PRINT_DPI
    )
    return MIN_UM <= size_um <= MAX_UM and not printed


def _imagej_size(series: tifffile.TiffPageSeries) -> Size | None:
    tiff = series.keyframe.parent
    if not tiff.is_imagej:
        return None
    said = tiff.imagej_metadata or {}
    unit = said.get("unit", "")
    # The height's unit is written where it is another.
    units = (micrometres(str(name)) for name in (unit, said.get("yunit") or unit))
    return _from_tags(series.keyframe, *units)


def _resolution_size(page: tifffile.TiffPage) -> Size | None:
    unit, _ = tag_ratio(page.tags.get("ResolutionUnit")) or (None, 1.0)
    unit_um = RESOLUTION_UNITS.get(unit)
    return _from_tags(page, unit_um, unit_um)


def _from_tags(
    page: tifffile.TiffPage, x_unit_um: float | None, y_unit_um: float | None
) -> Size | None:
    """Return the size that XResolution and YResolution, pixels per unit, give; neither may lack."""
    x, y = tag_ratio(page.tags.get("XResolution")), tag_ratio(page.tags.get("YResolution"))
    if x is None or y is None:
        return None
    size = both_sides((x[1] / x[0], x_unit_um), (y[1] / y[0], y_unit_um))
    # ImageJ takes inches and centimetres over from files of other programs.
    if size and x_unit_um in (INCH_UM, CENTIMETRE_UM) and not all(map(plausible, size)):
        return None
    return size


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
