"""Formats, axis orders and types: what is read is what was written, value by value."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw, stack_planes

# (T, Z, C, Y, X); every value differs, and values above 255 show any 8-bit step.
BLOCK = (np.arange(2 * 3 * 2 * 5 * 7).reshape(2, 3, 2, 5, 7) * 100).astype(np.uint16)
GREY = BLOCK[0, 0, 0]
RGB = np.stack([GREY, GREY + 1, GREY + 2], -1)


def write_tiff(path: Path, array: np.ndarray, **options: Any) -> str:
    tifffile.imwrite(path / "image.tif", array, **options)
    return str(path / "image.tif")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_grey_tiff(tmp_path: Path, dtype: type, byteorder: Any, compression: str | None) -> None:
    expected = (GREY // 16).astype(dtype)
    file = write_tiff(tmp_path, expected, byteorder=byteorder, compression=compression)
    raw = read_raw(file)
    assert raw.channels == ("grey",)
    assert raw.pixels.dtype == dtype
    assert raw.pixels.dtype.isnative
    assert np.array_equal(raw.pixels, expected[None])


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_rgb_tiff(tmp_path: Path, planar: Any) -> None:
    array = RGB if planar == "contig" else np.moveaxis(RGB, -1, 0)
    raw = read_raw(write_tiff(tmp_path, array, photometric="rgb", planarconfig=planar))
    assert raw.channels == ("red", "green", "blue")
    assert np.array_equal(raw.pixels, np.moveaxis(RGB, -1, 0))


@pytest.mark.parametrize("axes", ["TZCYX", "CTZYX", "ZCTYX", "CZTYX", "TCZYX", "ZTCYX"])
def test_planes_in_any_axis_order(tmp_path: Path, axes: str) -> None:
    array = BLOCK.transpose(["TZCYX".index(axis) for axis in axes])
    file = write_tiff(tmp_path, array, ome=True, metadata={"axes": axes})
    for t in (1, 2):
        for z in (1, 2, 3):
            raw = read_raw(file, plane={"t": t, "z": z})
            assert np.array_equal(raw.pixels, BLOCK[t - 1, z - 1])
    assert stack_planes(file) == {"t": 2, "z": 3}


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_imagej_hyperstack(tmp_path: Path, compression: str | None) -> None:
    file = write_tiff(
        tmp_path, BLOCK, imagej=True, metadata={"axes": "TZCYX"}, compression=compression
    )
    assert np.array_equal(read_raw(file, plane={"t": 2, "z": 3}).pixels, BLOCK[1, 2])


def test_volume_with_channels_last(tmp_path: Path) -> None:
    # Colour samples as the last axis of every plane of a stack.
    array = np.stack([RGB, RGB + 10])
    file = write_tiff(tmp_path, array, photometric="rgb", metadata={"axes": "ZYXS"})
    assert np.array_equal(read_raw(file, plane={"z": 2}).pixels, np.moveaxis(RGB + 10, -1, 0))


def test_ome_channel_names(tmp_path: Path) -> None:
    file = write_tiff(
        tmp_path, BLOCK[0, 0], ome=True, metadata={"axes": "CYX", "Channel": {"Name": ["d", "f"]}}
    )
    assert read_raw(file).channels == ("d", "f")


def test_nameless_pages_are_channels_or_a_stack_if_planes_are_asked_for(tmp_path: Path) -> None:
    file = str(tmp_path / "pages.tif")
    with tifffile.TiffWriter(file) as writer:
        for page in BLOCK[0, :, 0]:
            writer.write(page, contiguous=False, metadata=None)
    raw = read_raw(file)
    assert raw.channels == ("c0", "c1", "c2")
    assert np.array_equal(raw.pixels, BLOCK[0, :, 0])
    assert stack_planes(file) == {"z": 3}
    assert np.array_equal(read_raw(file, plane={"z": 2}).pixels, BLOCK[0, 1:2, 0])


def test_stack_where_an_image_is_expected_says_what_to_do(tmp_path: Path) -> None:
    file = write_tiff(tmp_path, BLOCK[0, :, 0], imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(UserError, match="a stack: z=3") as caught:
        read_raw(file)
    assert "`planes`" in caught.value.fix


def test_plane_beyond_the_stack(tmp_path: Path) -> None:
    file = write_tiff(tmp_path, BLOCK[0, :, 0], imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(UserError, match=r"3 plane\(s\) along z"):
        read_raw(file, plane={"z": 4})


def test_table_names_the_channels_of_the_file(tmp_path: Path) -> None:
    file = write_tiff(tmp_path, BLOCK[0, 0], photometric="minisblack")
    assert read_raw(file, names=("dna", "actin")).channels == ("dna", "actin")
    with pytest.raises(UserError, match=r"expected: 3 channels \(a, b, c\)"):
        read_raw(file, names=("a", "b", "c"))


def test_several_images_in_one_file(tmp_path: Path) -> None:
    file = str(tmp_path / "two.ome.tif")
    with tifffile.TiffWriter(file, ome=True) as writer:
        writer.write(GREY)
        writer.write(GREY)
    with pytest.raises(UserError, match="one image per file"):
        read_raw(file)


def test_thumbnail_beside_the_image_is_ignored(tmp_path: Path) -> None:
    file = str(tmp_path / "thumbnail.tif")
    with tifffile.TiffWriter(file) as writer:
        writer.write(GREY, metadata=None)
        writer.write(GREY[:2, :2], metadata=None)
    assert np.array_equal(read_raw(file).pixels, GREY[None])


def test_palette_tiff(tmp_path: Path) -> None:
    values = np.arange(35, dtype=np.uint8).reshape(5, 7)
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
    file = write_tiff(tmp_path, values, photometric="palette", colormap=ramp)
    assert np.array_equal(read_raw(file).pixels, values[None])
    file = write_tiff(tmp_path, values, photometric="palette", colormap=ramp[:, ::-1])
    with pytest.raises(UserError, match="PALETTE colours"):
        read_raw(file)


def test_cmyk_tiff(tmp_path: Path) -> None:
    array = np.zeros((5, 7, 4), np.uint8)
    with pytest.raises(UserError, match="SEPARATED colours"):
        read_raw(write_tiff(tmp_path, array, photometric="separated"))


@pytest.mark.parametrize("array", [GREY, RGB], ids=["grey", "rgb"])
def test_16_bit_png_stays_16_bit(tmp_path: Path, array: np.ndarray) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(array)))
    raw = read_raw(str(file))
    assert raw.pixels.dtype == np.uint16
    expected = array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)
    assert np.array_equal(raw.pixels, expected)


def test_palette_png_is_rgb(tmp_path: Path) -> None:
    colours = np.zeros((4, 4, 3), np.uint8)
    colours[0, 0] = (250, 3, 7)
    PillowImage.fromarray(colours).convert("P", palette=1).save(tmp_path / "p.png")
    raw = read_raw(str(tmp_path / "p.png"))
    assert raw.channels == ("red", "green", "blue")


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg(tmp_path: Path, mode: str) -> None:
    smooth = np.add.outer(np.arange(32), np.arange(48)).astype(np.uint8)
    PillowImage.fromarray(smooth).convert(mode).save(tmp_path / "x.jpg", quality=95)
    raw = read_raw(str(tmp_path / "x.jpg"))
    assert raw.pixels.shape == ((1 if mode == "L" else 3), 32, 48)
    assert abs(raw.pixels[0].astype(int) - smooth).max() <= 3


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    file = tmp_path / "really_a_png.tif"
    file.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(GREY)))
    assert np.array_equal(read_raw(str(file)).pixels, GREY[None])


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_constant_alpha_is_dropped(tmp_path: Path, suffix: str, dtype: type) -> None:
    file = write_rgba(tmp_path / f"a.{suffix}", dtype, alpha=np.iinfo(dtype).max)
    raw = read_raw(file)
    assert raw.channels == ("red", "green", "blue")
    assert len(raw.pixels) == 3


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_varying_alpha_is_refused(tmp_path: Path, suffix: str) -> None:
    file = write_rgba(tmp_path / f"a.{suffix}", np.uint8, alpha=np.arange(35).reshape(5, 7))
    with pytest.raises(UserError, match="RGBA, with transparency from 0 to 34"):
        read_raw(file)


def test_fourth_channel_that_the_table_names_is_kept(tmp_path: Path) -> None:
    file = write_rgba(tmp_path / "a.tif", np.uint8, alpha=7)
    raw = read_raw(file, names=("a", "b", "c", "d"))
    assert raw.channels == ("a", "b", "c", "d")
    assert (raw.pixels[3] == 7).all()


@pytest.mark.parametrize(
    ("extra", "channels"), [("unspecified", ("c0", "c1")), ("unassalpha", ("grey",))]
)
def test_a_second_sample_is_transparency_where_it_says_so(tmp_path: Path, extra, channels) -> None:
    pixels = np.zeros((5, 7, 2), np.uint8)
    pixels[..., 0] = np.arange(35).reshape(5, 7)
    pixels[2, 3, 1] = 9 if extra == "unspecified" else 0
    options = {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": [extra]}
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    raw = read_raw(str(tmp_path / "a.tif"))
    assert raw.channels == channels
    assert np.array_equal(raw.pixels, np.moveaxis(pixels, -1, 0)[: len(channels)])


def write_rgba(path: Path, dtype: type, alpha: Any) -> str:
    rgba = np.zeros((5, 7, 4), dtype)
    rgba[..., 0] = GREY // 100
    rgba[..., 3] = alpha
    if path.suffix == ".png":
        path.write_bytes(imagecodecs.png_encode(rgba))
    else:
        tifffile.imwrite(path, rgba, photometric="rgb", extrasamples=["unassalpha"])
    return str(path)
