"""TIFF files that unfold to far more than they are, or have no end."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw, stack_planes
from tests.images.test_bad_files import WHOLE
from tests.security.attack import PIXELS, answer_to, assert_helpful, crafted_tiff, described_tiff

# A whole LERC stream of 46,000 × 46,000 zeros: 2.1 GB in 70 bytes.
LERC_BOMB = bytes.fromhex(
    "4c657263322004000000beb12a3fb0b30000b0b300000100000000991f7e080000004600000001000000"
    "000000000000e03f0000000000000000000000000000000000000000"
)
LERC, DEFLATE = 34887, 8


def test_a_header_of_2_31_pixels_a_side(tmp_path: Path):
    file = crafted_tiff(tmp_path / "bomb.tif", width=2**31 - 1, length=2**31 - 1)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "at most 400 megapixels" in answer.text
    assert "images.max_megapixels" in answer.text
    assert answer.megabytes < 50


def test_70_bytes_that_decode_to_2_gigabytes(tmp_path: Path):
    """The decoder believes the stream, not the tile of 16 px around it."""
    file = crafted_tiff(tmp_path / "bomb.tif", LERC_BOMB, compression=LERC)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "compressed data that hold more than the file declares" in answer.text
    assert answer.megabytes < 200


def test_a_deflate_stream_longer_than_its_strip(tmp_path: Path):
    stream = zlib.compress(bytes(100_000_000), 1)
    file = crafted_tiff(tmp_path / "bomb.tif", stream, compression=DEFLATE)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "bomb.tif" in answer.text
    assert "damaged file" in answer.text
    assert answer.megabytes < 50


def zeros(path: Path, side: int) -> Path:
    """Write a TIFF of some kilobytes: strips of 1000 rows, all of them the same deflated bytes."""
    stream, n = zlib.compress(bytes(side * 1000), 1), side // 1000
    table = 8 + 2 + 9 * 12 + 4
    entries = [
        (256, 1, side), (257, 1, side), (258, 1, 8), (259, 1, DEFLATE), (262, 1, 1),
        (273, n, table), (277, 1, 1), (278, 1, 1000), (279, n, table + 4 * n),
    ]  # fmt: skip
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    head += b"".join(struct.pack("<HHII", code, 4, count, said) for code, count, said in entries)
    places = struct.pack(f"<I{n}I{n}I", 0, *[table + 8 * n] * n, *[len(stream)] * n)
    path.write_bytes(head + places + stream)
    return path


def test_zeros_beyond_the_limit_are_refused_before_they_are_unpacked(tmp_path: Path):
    """The header says honestly that it is large."""
    answer = answer_to(f"read_raw({str(zeros(tmp_path / 'zeros.tif', 30_000))!r})")
    assert "30000 × 30000 pixels" in answer.text
    assert answer.megabytes < 50


def test_a_slide_crop_of_20000_pixels_a_side_is_no_bomb(tmp_path: Path):
    """400 megapixels, the default limit."""
    answer = answer_to(f"read_raw({str(zeros(tmp_path / 'slide.tif', 20_000))!r})")
    assert answer.text == "(1, 20000, 20000)"


def test_a_strip_with_a_hole_of_terabytes(tmp_path: Path):
    """BigTIFF, whose strip of 16 px says that it takes 4 TB of a sparse file."""
    file = tmp_path / "hole.tif"
    values = (16, 16, 8, DEFLATE, 1, 400, 1, 16, 4 * 10**12)
    codes = (256, 257, 258, 259, 262, 273, 277, 278, 279)
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(codes))
    for code, value in zip(codes, values, strict=True):
        head += struct.pack("<HHQQ", code, 16, 1, value)
    with file.open("wb") as stream:
        stream.write(head + struct.pack("<Q", 0))
        stream.truncate(5 * 10**12)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "4,000,000,000,000 bytes" in answer.text
    assert answer.megabytes < 50


def test_pages_in_a_circle(tmp_path: Path):
    file = crafted_tiff(tmp_path / "circle.tif")
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, 8 + 2 + 9 * 12, 8)  # the next page is the first
    file.write_bytes(data)
    with pytest.raises(UserError, match="a circle of pages") as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


def test_a_hundred_thousand_pages(tmp_path: Path):
    """Empty directories chained together, 6 bytes a page."""
    places = [8 + 6 * page for page in range(1, 100_010)]
    chain = b"".join(struct.pack("<HI", 0, place) for place in places)
    file = tmp_path / "pages.tif"
    file.write_bytes(struct.pack("<2sHI", b"II", 42, 8) + chain + struct.pack("<HI", 0, 0))
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "at most 100,000 pages" in answer.text
    assert answer.megabytes < 100


def test_65535_samples_a_pixel(tmp_path: Path):
    file = crafted_tiff(tmp_path / "many.tif", samples=65_535)
    with pytest.raises(UserError) as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


def test_a_billion_billion_channels(tmp_path: Path):
    shape = '{"shape": [1000000000, 1000000000, 16, 16]}'
    file = described_tiff(tmp_path / "many.tif", shape)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "channels" in answer.text
    assert "at most 400 megapixels" in answer.text
    assert answer.megabytes < 50


def test_imagej_header_of_two_billion_planes(tmp_path: Path):
    """The planes are not there, so they are not believed in."""
    file = described_tiff(tmp_path / "x.tif", "ImageJ=1.53\nimages=2000000000\nslices=2000000000\n")
    answer = answer_to(f"read_raw({str(file)!r})")
    assert answer.text == "(1, 16, 16)"
    assert answer.megabytes < 50


def test_a_million_strips_that_are_not_there(tmp_path: Path):
    """tifffile would fill them with zeros, one by one, for a minute."""
    stream = zlib.compress(bytes(16))
    said = {"length": 1_000_000, "rows": 1, "compression": DEFLATE}
    file = crafted_tiff(tmp_path / "few.tif", stream, **said)
    with pytest.raises(UserError, match="1 of 1,000,000 tiles or strips") as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


@pytest.mark.parametrize("kind", WHOLE)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_changed_in_a_file_the_answer_is_an_image_or_a_message(
    kind: str, tmp_path: Path, data: st.DataObject
):
    """Three bytes of the first 600, where headers are; 16,000 such files took 89 MB at most."""
    changed = bytearray(WHOLE[kind]())
    for _ in range(3):
        changed[data.draw(st.integers(0, min(len(changed), 600) - 1))] = data.draw(
            st.sampled_from([0, 1, 2, 127, 128, 255])
        )
    file = tmp_path / "changed"
    file.write_bytes(changed)
    for read in (read_raw, stack_planes):
        try:
            read(str(file))
        except UserError as error:
            assert_helpful(error, str(file))


def test_a_table_of_four_billion_strips(tmp_path: Path):
    file = crafted_tiff(tmp_path / "strips.tif")
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, 10 + 5 * 12 + 4, 2**32 - 1)  # how many offsets there are
    file.write_bytes(data)
    with pytest.raises(UserError) as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


def test_the_limit_of_memory_ends_with_the_reading(tmp_path: Path):
    file = tmp_path / "x.tif"
    tifffile.imwrite(file, PIXELS, compression="zlib")
    read_raw(str(file))
    three_gigabytes = np.empty(3_000_000_000, np.uint8)
    assert three_gigabytes.nbytes == 3_000_000_000
