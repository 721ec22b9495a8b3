"""Damaged and impossible files: a message that names the file, never half an image."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw

NOISE = np.random.default_rng(1).integers(1, 255, (3, 40, 50), dtype=np.uint8)


def tiff_bytes(array: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def pages_bytes() -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in NOISE:
            writer.write(page, contiguous=False, metadata=None)
    return buffer.getvalue()


WHOLE: dict[str, Callable[[], bytes]] = {
    "plain": lambda: tiff_bytes(NOISE, photometric="minisblack"),
    "deflate": lambda: tiff_bytes(NOISE, photometric="minisblack", compression="zlib"),
    "tiled": lambda: tiff_bytes(NOISE, photometric="minisblack", tile=(16, 16)),
    # One page: its directory comes first, so only the pixels are cut.
    "one page": lambda: tiff_bytes(NOISE[0]),
    "one page, jpeg": lambda: tiff_bytes(NOISE[0], compression="jpeg", tile=(16, 16)),
    "one page, lzw": lambda: tiff_bytes(NOISE[0], compression="lzw"),
    "one page, packbits": lambda: tiff_bytes(NOISE[0] // 128, compression="packbits"),
    "ome": lambda: tiff_bytes(NOISE, ome=True, photometric="minisblack"),
    "imagej": lambda: tiff_bytes(NOISE, imagej=True, metadata={"axes": "CYX"}),
    # Stacks beyond 4 GB have a directory for their first plane only.
    "imagej, one directory": lambda: tiff_bytes(
        NOISE, imagej=True, truncate=True, metadata={"axes": "CYX"}
    ),
    "shaped, one directory": lambda: tiff_bytes(NOISE, photometric="minisblack", truncate=True),
    "pages": pages_bytes,
    "png": lambda: imagecodecs.png_encode(np.ascontiguousarray(NOISE.transpose(1, 2, 0))),
    "jpeg": lambda: imagecodecs.jpeg8_encode(np.ascontiguousarray(NOISE.transpose(1, 2, 0))),
}


@pytest.mark.parametrize("kind", WHOLE)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0, 1, exclude_max=True))
def test_file_cut_anywhere_is_refused_or_still_whole(
    kind: str, share: float, tmp_path: Path
) -> None:
    """Cutting may lose trailing metadata only; pixels are all there or the file is refused."""
    whole = WHOLE[kind]()
    file = tmp_path / "cut"
    file.write_bytes(whole)
    expected = read_raw(str(file)).pixels
    file.write_bytes(whole[: int(share * len(whole))])
    try:
        pixels = read_raw(str(file)).pixels
    except UserError:
        return
    assert np.array_equal(pixels, expected)


@pytest.mark.parametrize("bytes_of_page_2", [0, 1, 2, 20])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_cut_where_the_next_page_begins(
    tmp_path: Path, bytes_of_page_2: int, bigtiff: bool
) -> None:
    """The first page is whole and tifffile only logs the rest: found by cutting at every byte."""
    file = tmp_path / "cut.tif"
    tifffile.imwrite(file, NOISE, photometric="minisblack", compression="zlib", bigtiff=bigtiff)
    with tifffile.TiffFile(file) as tiff:
        offset = tiff.pages[1].offset
    file.write_bytes(file.read_bytes()[: offset + bytes_of_page_2])
    with pytest.raises(UserError, match="truncated"):
        read_raw(str(file))


@pytest.mark.parametrize("kind", WHOLE)
def test_half_a_file_is_refused(kind: str, tmp_path: Path) -> None:
    whole = WHOLE[kind]()
    file = tmp_path / "half"
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="half"):
        read_raw(str(file))


def test_truncated_tiff_says_so(tmp_path: Path) -> None:
    file = tmp_path / "field.tif"
    file.write_bytes(WHOLE["tiled"]()[:-100])
    with pytest.raises(UserError, match="truncated") as caught:
        read_raw(str(file))
    assert caught.value.where == str(file)


def test_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "empty.tif"
    file.touch()
    with pytest.raises(UserError, match=r"empty file \(0 bytes\)"):
        read_raw(str(file))


def test_missing_file() -> None:
    with pytest.raises(UserError, match="no such file"):
        read_raw("nowhere.tif")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="directory"):
        read_raw(str(tmp_path))


def test_other_format(tmp_path: Path) -> None:
    file = tmp_path / "slide.czi"
    file.write_bytes(b"ZISRAWFILE" * 10)
    with pytest.raises(UserError, match="TIFF, OME-TIFF, SVS, PNG, JPEG or NIfTI"):
        read_raw(str(file))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinity_are_counted(tmp_path: Path, value: float, dtype: type) -> None:
    array = np.zeros((5, 7), dtype)
    array[1, :3] = value
    tifffile.imwrite(tmp_path / "x.tif", array)
    with pytest.raises(UserError, match="3 of 35 values are NaN or infinite"):
        read_raw(str(tmp_path / "x.tif"))


def test_tiff_that_declares_a_huge_image(tmp_path: Path) -> None:
    small = tmp_path / "bomb.tif"
    tifffile.imwrite(small, np.zeros((8, 8), np.uint8))
    data = bytearray(small.read_bytes())
    with tifffile.TiffFile(small) as tiff:
        tags = tiff.pages.first.tags
        offsets = [tags[name].valueoffset for name in ("ImageWidth", "ImageLength")]
        tag = tags["ImageDescription"]  # blanked, or it would still say 8 × 8
    data[tag.valueoffset : tag.valueoffset + tag.count] = b" " * tag.count
    for offset in offsets:
        struct.pack_into("<I", data, offset, 200_000)
    small.write_bytes(data)
    with pytest.raises(UserError, match=r"200000 × 200000 pixels.*40,000 megapixels"):
        read_raw(str(small))


def test_tiff_with_too_many_channels(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "many.tif", np.zeros((50, 100, 100), np.uint8), metadata=None)
    with pytest.raises(UserError, match="50 channels"):
        read_raw(str(tmp_path / "many.tif"), max_megapixels=0.1)


def test_png_that_declares_a_huge_image(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    file = tmp_path / "bomb.png"
    file.write_bytes(data + struct.pack(">I", zlib.crc32(chunk)) + b"\0" * 100)
    with pytest.raises(UserError, match="10,000 megapixels"):
        read_raw(str(file))


def test_jpeg_that_declares_a_huge_image(tmp_path: Path) -> None:
    data = bytearray(WHOLE["jpeg"]())
    frame = data.find(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 60_000, 60_000)
    file = tmp_path / "bomb.jpg"
    file.write_bytes(data)
    with pytest.raises(UserError, match="3,600 megapixels"):
        read_raw(str(file))


def test_limit_is_the_configs(tmp_path: Path) -> None:
    file = tmp_path / "x.tif"
    tifffile.imwrite(file, np.zeros((100, 101), np.uint8))
    assert read_raw(str(file), max_megapixels=0.0101).pixels.shape == (1, 100, 101)
    with pytest.raises(UserError, match=r"at most 0.01 megapixels"):
        read_raw(str(file), max_megapixels=0.01)
