"""Label maps and previews on disk."""

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.codes import code_table
from cytoforge.references.label_map_file import (
    preview,
    read_label_map,
    read_pixel_size_um,
    write_label_map,
    write_preview,
)
from tests.images.tagged import ASCII, SHORT, write_tagged

CODES = code_table(ReferenceConfig(segmentation="s"))
MAP = np.random.default_rng(0).integers(0, 5, (37, 53)).astype(np.uint8)


@pytest.mark.parametrize("pixel_size_um", [None, 0.325, 0.5, 12.34567])
def test_round_trip(tmp_path, pixel_size_um):
    path = tmp_path / "map.tif"
    write_label_map(path, MAP, pixel_size_um)
    np.testing.assert_array_equal(read_label_map(path), MAP)
    assert read_pixel_size_um(path) == (
        None if pixel_size_um is None else pytest.approx(pixel_size_um, rel=1e-6)
    )


def test_stored_without_loss(tmp_path):
    write_label_map(tmp_path / "map.tif", MAP)
    with tifffile.TiffFile(tmp_path / "map.tif") as tiff:
        assert tiff.pages[0].compression in (
            tifffile.COMPRESSION.DEFLATE,
            tifffile.COMPRESSION.ADOBE_DEFLATE,
        )


def test_pixel_size_is_written_as_other_programs_read_it(tmp_path):
    write_label_map(tmp_path / "map.tif", MAP, pixel_size_um=0.5)
    with PillowImage.open(tmp_path / "map.tif") as picture:
        assert picture.info["dpi"] == pytest.approx((50_800, 50_800))  # 25,400 µm / 0.5 µm


def test_a_resolution_that_is_no_number_is_no_pixel_size(tmp_path):
    path = write_tagged(tmp_path / "map.tif", MAP, {282: (ASCII, "fine"), 296: (SHORT, [3])})
    assert read_pixel_size_um(path) is None


def test_same_map_same_bytes(tmp_path):
    for name in ("a.tif", "b.tif"):
        write_label_map(tmp_path / name, MAP, 0.5)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


@pytest.mark.parametrize("array", [MAP.astype(np.int32), MAP[None]], ids=["int32", "3d"])
def test_only_uint8_planes_are_written(tmp_path, array):
    with pytest.raises(ValueError, match="uint8"):
        write_label_map(tmp_path / "map.tif", array)


@pytest.mark.parametrize("array", [MAP.astype(np.float32), np.stack([MAP] * 3)])
def test_what_is_no_label_map_is_refused(tmp_path, array):
    tifffile.imwrite(tmp_path / "map.tif", array, photometric="minisblack")
    with pytest.raises(UserError, match="one grey uint8 plane"):
        read_label_map(tmp_path / "map.tif")


@pytest.mark.parametrize("kept", [0, 20, 200])
def test_truncated_file_is_named(tmp_path, kept):
    path = tmp_path / "map.tif"
    write_label_map(path, MAP)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"map\.tif"):
        read_label_map(path)


def test_code_outside_the_table_is_named(tmp_path):
    write_label_map(tmp_path / "map.tif", MAP)
    with pytest.raises(UserError, match="code 4"):
        read_label_map(tmp_path / "map.tif", n_codes=4)


def test_preview_shows_each_code_in_its_colour():
    picture = preview(np.array([[0, 4]], np.uint8), CODES)
    assert picture.dtype == np.uint8
    assert picture.tolist() == [[list(CODES[0].colour), list(CODES[4].colour)]]


def test_preview_file_equals_the_preview(tmp_path):
    write_preview(tmp_path / "map.png", MAP, CODES)
    with PillowImage.open(tmp_path / "map.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), preview(MAP, CODES))


def test_preview_of_a_code_outside_the_table_fails(tmp_path):
    for make in (preview, lambda array, codes: write_preview(tmp_path / "p.png", array, codes)):
        with pytest.raises(IndexError):
            make(np.array([[5]], np.uint8), CODES)
