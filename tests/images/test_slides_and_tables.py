"""Images that go with another, and look-up tables that only display one."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.header_size import header_size
from cytoforge.images.read import read_raw
from tests.images.tagged import SHORT, write_tagged

CROP = np.arange(32 * 32 * 3, dtype=np.uint32).reshape(32, 32, 3).astype(np.uint8)
MACRO = np.full((48, 64, 3), 7, np.uint8)
VALUES = np.arange(35, dtype=np.uint8).reshape(5, 7)
RAMP = np.arange(256, dtype=np.uint16) * 257


def written(path: Path, *pages: tuple[np.ndarray, dict], **options) -> str:
    with tifffile.TiffWriter(path, **options) as writer:
        for array, said in pages:
            writer.write(array, **{"metadata": None, "photometric": "rgb", **said})
    return str(path)


def assert_crop(file: str) -> None:
    assert np.array_equal(read_raw(file).pixels, np.moveaxis(CROP, -1, 0))


def test_a_slides_crop_smaller_than_its_label_and_macro(tmp_path: Path) -> None:
    head = "Aperio Image Library v1\n"
    assert_crop(
        written(
            tmp_path / "x.svs",
            (CROP, {"tile": (16, 16), "description": head + "32x32|MPP = 0.5"}),
            (CROP[::2, ::2], {"description": head + "32x32 -> 16x16"}),
            (MACRO[:40, :40], {"description": head + "label 40x40", "subfiletype": 1}),
            (MACRO, {"description": head + "macro 64x48", "subfiletype": 9}),
        )
    )


def test_a_slide_in_strips(tmp_path: Path) -> None:
    head = "Aperio Image Library v1\n"
    pages = [
        (CROP, {"description": head + "32x32|MPP = 0.5"}),
        (MACRO, {"description": head + "macro 64x48"}),
    ]
    assert_crop(written(tmp_path / "x.svs", *pages))


@pytest.mark.parametrize("scan_first", [True, False])
def test_channels_and_pixel_size_are_those_of_the_scan(tmp_path: Path, scan_first: bool) -> None:
    images = [("macro image", "glass", 50.0), ("scan", "dna", 0.5)]
    with tifffile.TiffWriter(tmp_path / "x.tif", ome=True) as writer:
        for name, channel, size in reversed(images) if scan_first else images:
            said = {"Name": name, "Channel": {"Name": [channel]}}
            said |= {"PhysicalSizeX": size, "PhysicalSizeY": size}
            writer.write(CROP[..., 0], metadata={"axes": "YX", **said})
    raw = read_raw(str(tmp_path / "x.tif"))
    assert (raw.channels, raw.pixel_size_um) == (("dna",), (0.5, 0.5))


def test_the_macro_photo_of_a_leica_slide_shows_all_of_it(tmp_path: Path) -> None:
    """It comes first, and has no name: its view is as large as the slide (nanometres)."""
    images = "".join(
        f'<image name="i{ifd}"><pixels sizeX="{width}" sizeY="{height}"><dimension sizeX="{width}" '
        f'sizeY="{height}" ifd="{ifd}"/></pixels><view sizeX="{x}" sizeY="{y}"/></image>'
        for ifd, width, height, x, y in [(0, 64, 48, 640_000, 480_000), (1, 32, 32, 16_000, 16_000)]
    )
    root = '<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">'
    slide = f'<collection sizeX="640000" sizeY="480000">{images}</collection>'
    file = written(tmp_path / "x.scn", (MACRO, {"description": f"{root}{slide}</scn>"}), (CROP, {}))
    assert_crop(file)
    assert read_raw(file).pixel_size_um == (0.5, 0.5)
    assert header_size(file) == (32, 32)


def test_the_resolution_is_that_of_the_scan(tmp_path: Path) -> None:
    per_cm = {"resolutionunit": "CENTIMETER"}
    macro = {"subfiletype": 9, "resolution": (200, 200), **per_cm}
    pages = [(MACRO, macro), (CROP, {"resolution": (20_000, 20_000), **per_cm})]
    assert read_raw(written(tmp_path / "x.tif", *pages)).pixel_size_um == (0.5, 0.5)


@pytest.mark.parametrize("kind", [1, 9], ids=["reduced", "macro"])
@pytest.mark.parametrize("first", [True, False])
def test_pages_that_say_that_they_go_with_another(tmp_path: Path, kind: int, first: bool) -> None:
    pages = [(CROP, {}), (MACRO, {"subfiletype": kind})]
    assert_crop(written(tmp_path / "x.tif", *(reversed(pages) if first else pages)))


@pytest.mark.parametrize("name", ["label image", "macro image", "Thumbnail", "overview"])
@pytest.mark.parametrize("first", [True, False])
def test_images_of_a_converted_slide(tmp_path: Path, name: str, first: bool) -> None:
    pages = [(CROP, {"metadata": {"Name": "1"}}), (MACRO, {"metadata": {"Name": name}})]
    assert_crop(written(tmp_path / "x.ome.tif", *(pages[::-1] if first else pages), ome=True))


def test_another_name_is_another_image(tmp_path: Path) -> None:
    pages = [(CROP, {"metadata": {"Name": "1"}}), (MACRO, {"metadata": {"Name": "label-free"}})]
    with pytest.raises(UserError, match="one image per file"):
        read_raw(written(tmp_path / "x.ome.tif", *pages, ome=True))


def lut(*shares: float) -> np.ndarray:
    return np.stack([(RAMP * share).astype(np.uint16) for share in shares])


FIRE = np.stack([np.sort(RAMP), np.roll(RAMP, 99), RAMP[::-1]])


@pytest.mark.parametrize("table", [lut(0, 1, 0), FIRE], ids=["green", "fire"])
def test_any_look_up_table_of_a_microscope(tmp_path: Path, table: np.ndarray) -> None:
    options = {"photometric": "palette", "colormap": table}
    tifffile.imwrite(tmp_path / "x.ome.tif", VALUES, ome=True, **options)
    assert np.array_equal(read_raw(str(tmp_path / "x.ome.tif")).pixels[0], VALUES)
    text = '<MetaData><prop id="image-name" value="a"/></MetaData>'
    software = {"software": "MetaSeries", "description": text, "metadata": None}
    tifffile.imwrite(tmp_path / "x.tif", VALUES, **options, **software)
    assert np.array_equal(read_raw(str(tmp_path / "x.tif")).pixels[0], VALUES)


@pytest.mark.parametrize("table", [lut(1, 1, 1), lut(0, 1, 0), lut(1, 0.2, 0.6)])
def test_one_hue_from_black_is_a_display_whoever_wrote_it(tmp_path: Path, table) -> None:
    tags = {262: (SHORT, [3]), 320: (SHORT, table.ravel().tolist())}
    assert np.array_equal(
        read_raw(write_tagged(tmp_path / "x.tif", VALUES, tags)).pixels[0], VALUES
    )


@pytest.mark.parametrize("table", [FIRE, lut(1, 1, 1)[:, ::-1], lut(0, 0, 0)])
def test_colours_by_number_are_refused(tmp_path: Path, table: np.ndarray) -> None:
    tags = {262: (SHORT, [3]), 320: (SHORT, table.ravel().tolist())}
    with pytest.raises(UserError, match="PALETTE colours"):
        read_raw(write_tagged(tmp_path / "x.tif", VALUES, tags))
