"""Pixel size: every source that states one, and the ones that only seem to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.pixel_size import choose_pixel_size
from cytoforge.images.read import read_raw

PIXELS = np.arange(35, dtype=np.uint8).reshape(5, 7)


def size_of(tmp_path: Path, **options: Any) -> tuple[float, float] | None:
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, **options)
    return read_raw(str(tmp_path / "x.tif")).pixel_size_um


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (0.25, "µm", 0.25),
        (250, "nm", 0.25),
        (0.5, "mm", 500),
        (0.0001, "cm", 1.0),
        (1, "pixel", None),
        (0, "µm", None),
        (0.25, "\u03bcm", 0.25),
        (250_000, "pm", 0.25),
        (2500, "Å", 0.25),
        (0.01, "thou", 0.254),
        (0.25, "reference frame", None),
    ],
)
def test_ome(tmp_path: Path, size: float, unit: str, expected: float | None) -> None:
    metadata = {"axes": "YX"}
    for axis in "XY":
        metadata |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": unit}
    found = size_of(tmp_path, ome=True, metadata=metadata)
    assert found == (None if expected is None else pytest.approx((expected, expected)))


def test_ome_without_a_unit_is_micrometres(tmp_path: Path) -> None:
    found = size_of(tmp_path, ome=True, metadata={"axes": "YX", "PhysicalSizeX": 0.3})
    assert found == (0.3, 0.3)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"X": 0.3}, (0.3, 0.3)),
        ({"Y": 0.3}, (0.3, 0.3)),
        ({"Y": 300, "YUnit": "nm"}, (0.3, 0.3)),
        ({"X": 0.3, "Y": 600, "YUnit": "nm"}, (0.3, 0.6)),
        ({"X": 0.3, "Y": 0.3, "YUnit": "pixel"}, None),
        ({"X": 0.3, "Y": "0,6"}, None),
    ],
)
def test_sides_of_ome(tmp_path: Path, said: dict, expected: tuple[float, float] | None) -> None:
    """A side that is left out is as long as the other; one that is no length is unknown."""
    metadata = {"axes": "YX", **{f"PhysicalSize{key}": value for key, value in said.items()}}
    found = size_of(tmp_path, ome=True, metadata=metadata)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("size", ["0,5", "NaN", "", "INF", "-0.5", "0.5 µm", "unknown"])
def test_ome_size_that_is_no_number_leaves_the_pixels(tmp_path: Path, size: str) -> None:
    metadata = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size}
    assert size_of(tmp_path, ome=True, metadata=metadata) is None


@pytest.mark.parametrize(
    "unit",
    [
        "um",
        "micron",
        "\\u00B5m",
        "\\\\u00B5m",
        "\\u03bcm",
        "micrometers",
        "Micron",
        "Microns",
        "micrometre",
        "UM",
    ],
)
def test_imagej(tmp_path: Path, unit: str) -> None:
    found = size_of(tmp_path, imagej=True, resolution=(4, 4), metadata={"unit": unit})
    assert found == (0.25, 0.25)


@pytest.mark.parametrize(
    ("unit", "per_unit"),
    [("nanometer", 0.004), ("nm", 0.004), ("mm", 4000), ("millimeters", 4000), ("cm", 40_000)],
)
def test_imagej_other_lengths(tmp_path: Path, unit: str, per_unit: float) -> None:
    found = size_of(tmp_path, imagej=True, resolution=(per_unit, per_unit), metadata={"unit": unit})
    assert found == pytest.approx((0.25, 0.25))


@pytest.mark.parametrize(
    ("yunit", "per_y", "expected"),
    [
        ("nm", 0.004, (0.25, 0.25)),
        ("nm", 4, (0.25, 0.00025)),
        ("", 4, (0.25, 0.25)),
        ("sec", 4, None),
        ("pixel", 4, None),
    ],
)
def test_imagejs_unit_of_the_height(tmp_path: Path, yunit, per_y, expected) -> None:
    options = {"imagej": True, "resolution": (4, per_y)}
    found = size_of(tmp_path, metadata={"unit": r"\u00B5m", "yunit": yunit}, **options)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("escaped", [r"\u00B5m", r"\\u00B5m"])
def test_imagejs_hyperstack(tmp_path: Path, escaped: str) -> None:
    said = {"axes": "ZCYX", "unit": escaped, "spacing": 1.5, "hyperstack": True}
    stack = np.zeros((2, 3, 5, 7), np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", stack, imagej=True, resolution=(4, 4), metadata=said)
    assert read_raw(str(tmp_path / "x.tif"), plane={"z": 2}).pixel_size_um == (0.25, 0.25)


@pytest.mark.parametrize(
    ("unit", "resolution"), [("pixel", 1), ("inch", 72), ("", 4)], ids=["pixel", "72dpi", "none"]
)
def test_imagej_without_a_length(tmp_path: Path, unit: str, resolution: float) -> None:
    options = {"imagej": True, "resolution": (resolution, resolution)}
    assert size_of(tmp_path, metadata={"unit": unit}, **options) is None


@pytest.mark.parametrize(
    ("per_unit", "unit", "expected"),
    [
        (40_000, "CENTIMETER", 0.25),
        (25_400, "INCH", 1.0),
        (72, "INCH", None),
        (96, "INCH", None),
        (300, "INCH", None),
        (1200, "INCH", None),
        (28.35, "CENTIMETER", None),
        (118, "CENTIMETER", None),
        (118.11, "CENTIMETER", None),
        (2400, "INCH", None),
        (738, "CENTIMETER", 13.55),
        (1270, "INCH", 20.0),
        (500, "CENTIMETER", 20.0),
        (40_000, "NONE", None),
    ],
)
def test_resolution_tags(
    tmp_path: Path, per_unit: float, unit: str, expected: float | None
) -> None:
    found = size_of(tmp_path, resolution=(per_unit, per_unit), resolutionunit=unit)
    assert found == (None if expected is None else pytest.approx((expected, expected), rel=1e-4))


def test_config_overrules_table_overrules_file() -> None:
    assert choose_pixel_size("a", 1.0, 2.0, [(3.0, 3.0)]) == 1.0
    assert choose_pixel_size("a", None, 2.0, [(3.0, 3.0)]) == 2.0
    assert choose_pixel_size("a", None, None, [None, (3.0, 3.0)]) == 3.0
    assert choose_pixel_size("a", None, None, [None]) is None


@pytest.mark.parametrize(
    "files", [[(0.5, 1.0)], [(0.5, 0.5), (0.6, 0.6)]], ids=["not square", "disagree"]
)
def test_sizes_that_disagree(files: list[tuple[float, float]]) -> None:
    with pytest.raises(UserError, match="square pixels of one size"):
        choose_pixel_size("a", None, None, files)
    assert choose_pixel_size("a", None, 0.5, files) == 0.5


def test_rounding_is_no_disagreement() -> None:
    assert choose_pixel_size("a", None, None, [(0.499, 0.499), (0.5, 0.5)]) == 0.499
