"""The pixel size that microscopes and scanners write in ways of their own into a TIFF."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ome_xml import parse_xml, physical_size
from cytoforge.images.units import micrometres, positive

Size = tuple[float, float]
METRE = 1e6
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, UserError)
_MICRO_MANAGER = 51123
_MICRO_MANAGER_KEYS = ("PixelSizeUm", "PixelSize_um", "PixelSizeUM")


def vendor_size(tiff: tifffile.TiffFile) -> Size | None:
    """Return width and height of a pixel in micrometres, or None where no vendor's metadata tell.

    Metadata that cannot be read, and what is no number, tell nothing: the pixels are still there.
    """
    for source in _SOURCES:
        try:
            size = source(tiff)
        except _UNREADABLE:
            continue
        if size is not None:
            return size
    return None


def _pair(x: object, y: object, unit_um: float | None) -> Size | None:
    """Return both lengths in micrometres; pixels are square where `y` is no number."""
    width = positive(x)
    if width is None or unit_um is None:
        return None
    return width * unit_um, (positive(y) or width) * unit_um


def _ome(tiff: tifffile.TiffFile) -> Size | None:
    return physical_size(tiff.ome_metadata or "") if tiff.is_ome else None


def _aperio(tiff: tifffile.TiffFile) -> Size | None:
    match = re.search(r"\bMPP\s*=\s*([^|\s]+)", tiff.pages.first.description)
    return _pair(match[1], None, 1.0) if match and tiff.is_svs else None


def _micro_manager(tiff: tifffile.TiffFile) -> Size | None:
    said = tiff.pages.first.tags[_MICRO_MANAGER].value
    for place in (said, said.get("Summary") or {}):
        for key in _MICRO_MANAGER_KEYS:
            if size := _pair(place.get(key), None, 1.0):
                return size
    return None


def _metaseries(tiff: tifffile.TiffFile) -> Size | None:
    """Return the calibration of MetaXpress and ImageXpress: `prop` elements with id and value."""
    text = tiff.pages.first.description.strip("\0 \r\n")
    if not text.startswith("<MetaData>"):
        return None
    said = {p.get("id"): p.get("value", "") for p in parse_xml(tiff.filename, text).iter("prop")}
    if said.get("spatial-calibration-state", "on") == "off":
        return None
    x, y = said["spatial-calibration-x"], said.get("spatial-calibration-y")
    return _pair(x, y, micrometres(said.get("spatial-calibration-units", "um")))


def _metamorph(tiff: tifffile.TiffFile) -> Size | None:
    said = tiff.stk_metadata or {}
    if not said.get("SpatialCalibration", 1):
        return None
    unit = micrometres(str(said["CalibrationUnits"]))
    return _pair(said["XCalibration"], said.get("YCalibration"), unit)


def _zeiss_lsm(tiff: tifffile.TiffFile) -> Size | None:
    said = tiff.lsm_metadata or {}
    return _pair(said["VoxelSizeX"], said["VoxelSizeY"], METRE)


def _fluoview(tiff: tifffile.TiffFile) -> Size | None:
    rows = {row[0].casefold(): row for row in (tiff.fluoview_metadata or {})["Dimensions"]}
    return _pair(rows["x"][3], rows["y"][3], micrometres(rows["x"][4]))


def _olympus_sis(tiff: tifffile.TiffFile) -> Size | None:
    said = tiff.sis_metadata or {}
    return _pair(said["pixelsizex"], said.get("pixelsizey"), METRE)


def _fei(tiff: tifffile.TiffFile) -> Size | None:
    said = (tiff.fei_metadata or {})["Scan"]
    return _pair(said["PixelWidth"], said.get("PixelHeight"), METRE)


def _zeiss_sem(tiff: tifffile.TiffFile) -> Size | None:
    said: Mapping[str, Any] = tiff.sem_metadata or {}
    _, length, unit = said.get("ap_image_pixel_size") or said["ap_pixel_size"]
    return _pair(length, None, micrometres(unit))


def _philips(tiff: tifffile.TiffFile) -> Size | None:
    """Return the first pixel spacing, two lengths in millimetres, rows before columns."""
    match = re.search(r'DICOM_PIXEL_SPACING"[^>]*>([^<]*)<', tiff.philips_metadata or "")
    y, x = re.findall(r"[\d.]+(?:[eE][+-]?\d+)?", match[1])[:2] if match else (None, None)
    return _pair(x, y, 1e3)


def _ventana(tiff: tifffile.TiffFile) -> Size | None:
    said = tiff.pages.first.tags["XMP"].value if tiff.is_bif else b""
    match = re.search(rb'ScanRes="([^"]+)"', said)
    return _pair(match[1], None, 1.0) if match else None


def _leica_scn(tiff: tifffile.TiffFile) -> Size | None:
    """Return the size of the slide's view, in nanometres, over its pixels."""
    shape = tiff.series[0].shape
    root = parse_xml(tiff.filename, tiff.scn_metadata or "")
    for image in root.iterfind("{*}collection/{*}image"):
        view, pixels = image.find("{*}view"), image.find("{*}pixels")
        if view is None or pixels is None:
            continue
        width, height = int(pixels.get("sizeX", 0)), int(pixels.get("sizeY", 0))
        if width in shape and height in shape:
            x, y = float(view.get("sizeX", 0)) / width, float(view.get("sizeY", 0)) / height
            return _pair(x, y, 1e-3)
    return None


_SOURCES: tuple[Callable[[tifffile.TiffFile], Size | None], ...] = (
    _ome,
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
