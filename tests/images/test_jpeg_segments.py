"""What may stand between the segments of a JPEG, and inside them."""

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image as PillowImage

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw

NOISE = np.random.default_rng(1).integers(0, 255, (37, 53, 3), dtype=np.uint8)
THUMBNAIL = imagecodecs.jpeg8_encode(NOISE[:8, :8])


def encoded(**options) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(NOISE).save(buffer, format="JPEG", **options)
    return buffer.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def before_each_segment(data: bytes, extra: bytes) -> bytes:
    """Put bytes before every marker from the second to the start of the first scan."""
    position, out = 2, data[:2]
    while data[position + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        out += extra + data[position : position + 2 + length]
        position += 2 + length
    return out + extra + data[position:]


BASELINE = encoded()
FRAME = segment(0xC0, struct.pack(">BHHB", 8, 6474, 12722, 122))  # a lie, where it is no segment


@pytest.mark.parametrize(
    "data",
    [
        before_each_segment(BASELINE, b"\xff"),
        before_each_segment(BASELINE, b"\xff\xff\xff\xff"),
        encoded(progressive=True),
        encoded(restart_marker_rows=1),
        BASELINE[:2] + segment(0xE1, b"Exif\0\0" + THUMBNAIL) + BASELINE[2:],
        BASELINE[:2] + segment(0xE2, FRAME) + segment(0xFE, FRAME + b"\xff\xd9") + BASELINE[2:],
        BASELINE[:2] + segment(0xE0, THUMBNAIL) + segment(0xED, THUMBNAIL) + BASELINE[2:],
        BASELINE + THUMBNAIL,
    ],
    ids=[
        *("fill byte", "fill bytes", "progressive", "restarts", "thumbnail", "frames in comments"),
        *("two thumbnails", "a picture after the end"),
    ],
)
def test_legal_files_are_read_at_their_size(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.jpg").write_bytes(data)
    pixels = read_raw(str(tmp_path / "x.jpg")).pixels
    expected = np.asarray(PillowImage.open(io.BytesIO(data))).transpose(2, 0, 1)
    assert pixels.shape == (3, 37, 53)
    assert np.abs(pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    "data",
    [
        BASELINE[:-2],
        BASELINE[:2] + segment(0xE1, THUMBNAIL) + BASELINE[2:-2],
        encoded(progressive=True)[:-2],
        encoded(progressive=True)[:-2] + segment(0xFE, b"\xff\xd9"),
    ],
    ids=["cut", "whole thumbnail", "progressive", "an end in a comment"],
)
def test_the_end_of_something_else_is_not_the_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.jpg").write_bytes(data)
    with pytest.raises(UserError, match="a file that ends early"):
        read_raw(str(tmp_path / "x.jpg"))


def test_another_kind_of_jpeg_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(imagecodecs.jpegls_encode(NOISE))
    with pytest.raises(UserError, match=r"JPEG-LS.*need not be damaged"):
        read_raw(str(tmp_path / "x.jpg"))
