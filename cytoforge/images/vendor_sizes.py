"""The pixel size that microscopes and scanners write in ways of their own into a TIFF."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ome_xml import parse_xml
from cytoforge.images.tiff_series import ome_pixel_size, scn_image
from cytoforge.images.units import both_sides, micrometres

Size = tuple[float, float]
Series = tifffile.TiffPageSeries
METRE = 1e6
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, UserError)
_MICRO_MANAGER = 51123
_MICRO_MANAGER_KEYS = ("PixelSizeUm", "PixelSize_um", "PixelSizeUM")


def vendor_size(series: Series) -> Size | None:
    """Return width and height of an image's pixel in micrometres, None where no vendor tells.

    Metadata that cannot be read, and what is no number, tell nothing: the pixels are still there.
    """
    for source in _SOURCES:
        try:
            size = source(series)
        except _UNREADABLE:
            continue
        if size is not None:
            return size
    return None


def _aperio(series: Series) -> Size | None:
    match = re.search(r"\bMPP\s*=\s*([^|\s]+)", series.keyframe.description)
    return both_sides((match[1], 1.0)) if match and series.keyframe.parent.is_svs else None


def _micro_manager(series: Series) -> Size | None:
    said = series.keyframe.tags[_MICRO_MANAGER].value
    for place in (said, said.get("Summary") or {}):
        for key in _MICRO_MANAGER_KEYS:
            if size := both_sides((place.get(key), 1.0)):
                return size
    return None


def _metaseries(series: Series) -> Size | None:
    """Return the calibration of MetaXpress and ImageXpress: `prop` elements with id and value."""
    text = series.keyframe.description.strip("\0 \r\n")
    if not text.startswith("<MetaData>"):
        return None
    root = parse_xml(series.keyframe.parent.filename, text)
    said = {p.get("id"): p.get("value", "") for p in root.iter("prop")}
    if said.get("spatial-calibration-state", "on") == "off":
        return None
    unit = micrometres(said.get("spatial-calibration-units", "um"))
    x, y = said.get("spatial-calibration-x"), said.get("spatial-calibration-y")
    return both_sides((x, unit), (y, unit))


def _metamorph(series: Series) -> Size | None:
    said = series.keyframe.parent.stk_metadata or {}
    if not said.get("SpatialCalibration", 1):
        return None
    unit = micrometres(str(said["CalibrationUnits"]))
    return both_sides((said.get("XCalibration"), unit), (said.get("YCalibration"), unit))


def _zeiss_lsm(series: Series) -> Size | None:
    said = series.keyframe.parent.lsm_metadata or {}
    return both_sides((said.get("VoxelSizeX"), METRE), (said.get("VoxelSizeY"), METRE))


def _fluoview(series: Series) -> Size | None:
    said = series.keyframe.parent.fluoview_metadata or {}
    rows = {row[0].casefold(): row for row in said["Dimensions"]}
    return both_sides(*((rows[axis][3], micrometres(rows[axis][4])) for axis in "xy"))


def _olympus_sis(series: Series) -> Size | None:
    said = series.keyframe.parent.sis_metadata or {}
    return both_sides((said.get("pixelsizex"), METRE), (said.get("pixelsizey"), METRE))


def _fei(series: Series) -> Size | None:
    said = (series.keyframe.parent.fei_metadata or {})["Scan"]
    return both_sides((said.get("PixelWidth"), METRE), (said.get("PixelHeight"), METRE))


def _zeiss_sem(series: Series) -> Size | None:
    said: Mapping[str, Any] = series.keyframe.parent.sem_metadata or {}
    _, length, unit = said.get("ap_image_pixel_size") or said["ap_pixel_size"]
    return both_sides((length, micrometres(unit)))


def _philips(series: Series) -> Size | None:
    """Return the first pixel spacing, two lengths in millimetres, rows before columns."""
    match = re.search(
        r'DICOM_PIXEL_SPACING"[^>]*>([^<]*)<', series.keyframe.parent.philips_metadata or ""
    )
    y, x = re.findall(r"[\d.]+(?:[eE][+-]?\d+)?", match[1])[:2] if match else (None, None)
    return both_sides((x, 1e3), (y, 1e3))


def _ventana(series: Series) -> Size | None:
    said = (
        series.keyframe.parent.pages.first.tags["XMP"].value
        if series.keyframe.parent.is_bif
        else b""
    )
    match = re.search(rb'ScanRes="([^"]+)"', said)
    return both_sides((match[1], 1.0)) if match else None


def _leica_scn(series: Series) -> Size | None:
    """Return the size of the slide's view, in nanometres, over its pixels."""
    _, image = scn_image(series)
    view, pixels = image.find("{*}view"), image.find("{*}pixels")
    if view is None or pixels is None:
        return None
    x, y = (float(view.get(f"size{axis}", 0)) / int(pixels.get(f"size{axis}", 0)) for axis in "XY")
    return both_sides((x, 1e-3), (y, 1e-3))


_SOURCES: tuple[Callable[[Series], Size | None], ...] = (
    ome_pixel_size,
    _aperio,
    _micro_manager,
    _metaseries,
    _metamorph,
    _zeiss_lsm,
    _fluoview,
    _olympus_sis,
    _fei,
    _zeiss_sem,
    _philips,
    _ventana,
    _leica_scn,
)
