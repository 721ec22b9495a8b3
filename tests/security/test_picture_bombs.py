"""PNG and JPEG files that unfold, or only begin like what they say."""

import struct
import zlib
from pathlib import Path

import imagecodecs
import pytest

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw
from tests.security.attack import PIXELS, answer_to, assert_helpful, sparse

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return SIGNATURE + header + b"".join(chunks) + chunk(b"IEND", b"")


def test_a_png_that_declares_ten_gigapixels(tmp_path: Path):
    file = tmp_path / "x.png"
    file.write_bytes(png(100_000, 100_000, chunk(b"IDAT", zlib.compress(bytes(1000)))))
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "10,000 megapixels" in answer.text
    assert answer.megabytes < 50


def test_a_png_whose_pixels_go_on_after_the_last_row(tmp_path: Path):
    stream = zlib.compress(bytes(100_000_000), 1)
    file = tmp_path / "x.png"
    file.write_bytes(png(16, 16, chunk(b"IDAT", stream)))
    answer = answer_to(f"read_raw({str(file)!r})")
    assert answer.megabytes < 50


def test_a_png_whose_text_unfolds(tmp_path: Path):
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(150_000_000), 1))
    pixels = chunk(b"IDAT", zlib.compress(bytes(17 * 16)))
    file = tmp_path / "x.png"
    file.write_bytes(png(16, 16, text, pixels))
    answer = answer_to(f"read_raw({str(file)!r})")
    assert answer.megabytes < 50


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_picture_with_a_hole_of_terabytes_is_not_read_into_memory(tmp_path: Path, ending: str):
    whole = imagecodecs.png_encode(PIXELS) if ending == "png" else imagecodecs.jpeg8_encode(PIXELS)
    file = sparse(tmp_path / f"x.{ending}", whole, 4 * 10**12)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "4,000,000,000,000 bytes" in answer.text
    assert answer.megabytes < 50


def test_a_jpeg_that_declares_four_gigapixels(tmp_path: Path):
    data = bytearray(imagecodecs.jpeg8_encode(PIXELS))
    struct.pack_into(">HH", data, data.find(b"\xff\xc0") + 5, 65_500, 65_500)
    file = tmp_path / "x.jpg"
    file.write_bytes(data)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "4,290 megapixels" in answer.text
    assert answer.megabytes < 50


@pytest.mark.parametrize(
    "content",
    [b"#!/bin/sh\ntouch pwned\n", b"%!PS-Adobe-3.0 EPSF\n", b"<svg onload='x()'/>", b"PK\x03\x04"],
    ids=["script", "PostScript", "SVG", "zip"],
)
def test_another_kind_of_file_under_an_images_name(tmp_path: Path, content: bytes):
    file = tmp_path / "x.tif"
    file.write_bytes(content)
    with pytest.raises(UserError, match="TIFF, OME-TIFF, SVS, PNG, JPEG or NIfTI") as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))
