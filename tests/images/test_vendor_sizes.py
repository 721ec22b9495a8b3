"""Pixel sizes as programs of microscopes write them, and tags that are no numbers."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cytoforge.images.pixel_size import tag_ratio
from cytoforge.images.read import read_raw
from cytoforge.images.units import micrometres, positive
from cytoforge.images.vendor_sizes import vendor_size
from tests.images.tagged import (
    ASCII,
    DOUBLE,
    FLOAT,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    write_tagged,
)

PIXELS = np.arange(35, dtype=np.uint8).reshape(5, 7)
CENTIMETRE = {296: (SHORT, [3])}


def size_of(tmp_path: Path, tags: dict) -> tuple[float, float] | None:
    raw = read_raw(write_tagged(tmp_path / "x.tif", PIXELS, tags))
    assert np.array_equal(raw.pixels[0], PIXELS)
    return raw.pixel_size_um


@pytest.mark.parametrize(
    "tag",
    [
        (RATIONAL, [20_000, 1]),
        (RATIONAL, [200_000, 10]),
        (SRATIONAL, [20_000, 1]),
        (DOUBLE, [20_000.0]),
        (FLOAT, [20_000.0]),
        (LONG, [20_000]),
        (SHORT, [20_000]),
        (ASCII, "20000"),
    ],
)
def test_a_resolution_of_any_type(tmp_path: Path, tag) -> None:
    assert size_of(tmp_path, {282: tag, 283: tag, **CENTIMETRE}) == (0.5, 0.5)


@pytest.mark.parametrize(
    "tag",
    [
        (RATIONAL, [20_000, 0]),
        (RATIONAL, [0, 0]),
        (SRATIONAL, [-20_000, 1]),
        (DOUBLE, [float("nan")]),
        (FLOAT, [float("inf")]),
        (ASCII, "high"),
        (ASCII, ""),
        (LONG, [0]),
    ],
)
def test_a_resolution_that_is_no_number(tmp_path: Path, tag) -> None:
    assert size_of(tmp_path, {282: tag, 283: (RATIONAL, [20_000, 1]), **CENTIMETRE}) is None
    assert size_of(tmp_path, {282: (LONG, [20_000]), 283: (LONG, [20_000]), 296: tag}) is None


def metaseries(**said: str) -> dict:
    said = {"state": "on", "x": "0.645", "y": "0.645", "units": "um", **said}
    props = "".join(
        f'<prop id="spatial-calibration-{key}" type="float" value="{value}"/>'
        for key, value in said.items()
    )
    text = f"<MetaData><PlaneInfo>{props}</PlaneInfo></MetaData>"
    return {270: (ASCII, text), 305: (ASCII, "MetaSeries")}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (metaseries(), 0.645),
        (metaseries(units="µm"), 0.645),
        (metaseries(x="645", y="645", units="nm"), 0.645),
        (metaseries(state="off"), None),
        (metaseries(x="wide"), None),
        (metaseries(y="wide"), None),
        (metaseries(x="0"), 0.645),
        (metaseries(units="pixels"), None),
        ({51123: (ASCII, '{"PixelSizeUm": 0.645, "Width": 7}')}, 0.645),
        ({51123: (ASCII, '{"Summary": {"PixelSize_um": 0.645}}')}, 0.645),
        ({51123: (ASCII, '{"PixelSizeUm": "0.645"}')}, 0.645),
        ({51123: (ASCII, '{"PixelSizeUm": 0}')}, None),
        ({51123: (ASCII, "no JSON")}, None),
        ({270: (ASCII, "Aperio Image Library|AppMag = 20|MPP = 0.645")}, 0.645),
        ({270: (ASCII, "Aperio Image Library|MPP = 0,645|AppMag = 20")}, None),
        ({270: (ASCII, "Aperio Image Library|MPP = ..")}, None),
    ],
)
def test_what_vendors_write(tmp_path: Path, tags: dict, expected: float | None) -> None:
    found = size_of(tmp_path, tags)
    assert found == (None if expected is None else pytest.approx((expected, expected)))


def opened(**said) -> SimpleNamespace:
    """Stand in for the image of an opened file that has only one vendor's metadata."""
    flags = {f"is_{name}": False for name in ("ome", "svs", "bif", "scn")}
    page = SimpleNamespace(description="", tags={})
    tiff = SimpleNamespace(pages=SimpleNamespace(first=page), **{**flags, **said})
    page.parent = tiff
    tiff.series = [SimpleNamespace(keyframe=page)]
    return tiff.series[0]


@pytest.mark.parametrize(
    "said",
    [
        {"stk_metadata": {"XCalibration": 0.5, "YCalibration": 0.5, "CalibrationUnits": "um"}},
        {"lsm_metadata": {"VoxelSizeX": 5e-7, "VoxelSizeY": 5e-7}},
        {"fluoview_metadata": {"Dimensions": [("X", 7, 0.0, 0.5, "um"), ("Y", 5, 0.0, 0.5, "um")]}},
        {"sis_metadata": {"pixelsizex": 5e-7, "pixelsizey": 5e-7}},
        {"fei_metadata": {"Scan": {"PixelWidth": 5e-7, "PixelHeight": 5e-7}}},
        {"sem_metadata": {"ap_image_pixel_size": ("Image Pixel Size", 500.0, "nm")}},
        {
            "philips_metadata": '<Attribute Name="DICOM_PIXEL_SPACING" PMSVR="IDoubleArray">'
            "&quot;0.0005&quot; &quot;0.0005&quot;</Attribute>"
        },
        {
            "is_scn": True,
            "filename": "x.scn",
            "scn_metadata": '<scn xmlns="l"><collection><image><pixels sizeX="7" sizeY="5"/>'
            '<view sizeX="3500" sizeY="2500"/></image></collection></scn>',
        },
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_tifffile_reads_of_other_vendors(said: dict) -> None:
    assert vendor_size(opened(**said)) == pytest.approx((0.5, 0.5))


def test_ventanas_scan_resolution() -> None:
    series = opened(is_bif=True)
    series.keyframe.tags["XMP"] = SimpleNamespace(value=b'<iScan ScanRes="0.25">')
    assert vendor_size(series) == (0.25, 0.25)


@pytest.mark.parametrize(
    "unit", ["µm", "μm", "㎛", "Âµm", r"\u00B5m", "(µm)", "um/pixel", "мкм", "Mikrometer"]
)
def test_a_micrometre_in_any_spelling(unit: str) -> None:
    assert micrometres(unit) == 1


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("㎚", 1e-3),
        ("Å", 1e-4),
        ("Ångström", 1e-4),
        ("nanometro", 1e-3),
        ("MM", 1e3),
        ("Mm", None),
        ("km", None),
    ],
)
def test_other_units(unit: str, length: float | None) -> None:
    assert micrometres(unit) == length


@pytest.mark.parametrize("value", ["0,5", "nan", -1, 0, None, True, (1, 2), 10**400])
def test_what_is_no_length(value: object) -> None:
    assert positive(value) is None


def test_a_tag_that_is_left_out_has_no_number() -> None:
    assert tag_ratio(None) is None
