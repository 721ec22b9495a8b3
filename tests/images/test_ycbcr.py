"""YCbCr of TIFF files becomes RGB where the decoder leaves it, as TIFF 6.0 says."""

import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.read import read_raw
from tests.images.tagged import DOUBLE, LONG, RATIONAL, SHORT, write_tagged

# Red, green, blue, white, black, grey; and their Y, Cb, Cr by ITU-R BT.601 in full range.
RGB = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 255], [0, 0, 0], [99, 99, 99]]], np.uint8
)
YCBCR = np.array(
    [
        [[76, 85, 255], [150, 44, 21], [29, 255, 107]],
        [[255, 128, 128], [0, 128, 128], [99] + [128] * 2],
    ],
    np.uint8,
)
YCBCR_TAGS = {262: (SHORT, [6]), 530: (SHORT, [1, 1])}


def assert_rgb(file: str, expected: np.ndarray = RGB, most: int = 2) -> None:
    raw = read_raw(file)
    assert raw.channels == ("red", "green", "blue")
    difference = raw.pixels.astype(int) - np.moveaxis(expected, -1, 0)
    assert np.abs(difference).max() <= most, difference


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "zstd", "lzma", "lerc"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_every_compression_that_keeps_ycbcr(tmp_path: Path, compression, planar) -> None:
    array = YCBCR if planar == "contig" else np.moveaxis(YCBCR, -1, 0)
    options = {"compression": compression, "planarconfig": planar}
    tifffile.imwrite(tmp_path / "x.tif", array, photometric="ycbcr", **options)
    assert_rgb(str(tmp_path / "x.tif"))


@pytest.mark.parametrize("compression", ["jpeg", "jpeg2000", "jpegxl"])
def test_planes_that_decoders_see_apart_are_converted_here(tmp_path: Path, compression) -> None:
    planes = np.moveaxis(np.tile(YCBCR[0, 0], (16, 16, 1)), -1, 0)
    options = {"compression": compression, "planarconfig": "separate", "photometric": "ycbcr"}
    tifffile.imwrite(tmp_path / "x.tif", planes, **options)
    assert_rgb(str(tmp_path / "x.tif"), np.tile(RGB[0, 0], (16, 16, 1)), most=4)


def test_jpeg_is_converted_once(tmp_path: Path) -> None:
    flat = np.full((16, 16, 3), (200, 60, 90), np.uint8)
    tifffile.imwrite(tmp_path / "x.tif", flat, photometric="rgb", compression="jpeg")
    assert_rgb(str(tmp_path / "x.tif"), flat, most=4)


@pytest.mark.parametrize("said", [{}, {530: (SHORT, [1, 1])}])
@pytest.mark.parametrize("photometric", [2, 6])
def test_aperios_jpeg_2000_is_ycbcr_whatever_it_says(tmp_path: Path, photometric, said) -> None:
    stream = imagecodecs.jpeg2k_encode(YCBCR, level=0, codecformat="j2k", mct=False)
    tags = {259: (SHORT, [33003]), 262: (SHORT, [photometric]), **said}
    assert_rgb(write_tagged(tmp_path / "x.svs", YCBCR, tags, stream))


# Four red columns and four blue ones, four rows, with one Cb and Cr per two pixels, which OpenJPEG
# makes RGB of; written by `opj_compress -F 8,4,3,8,u@1x1:2x1:2x1 -n 1`.
SUBSAMPLED_STREAM = bytes.fromhex(
    "ff4fff51002f0000000000080000000400000000000000000000000800000004000000000000000000030701"
    "01070201070201ff52000c00000001000004040001ff5c00044040ff90000a0000000000410001ff93cfb44c"
    "26890d0847062640000bf1449e98c14d67fb11cfb42c1cf2eaed72d35a00dfff7fcfb43013ff48d7e8c88418"
    "4300009fffd9"
)


@pytest.mark.parametrize("code", [33003, 34712])
@pytest.mark.parametrize("said", [{}, {530: (SHORT, [2, 1])}])
@pytest.mark.parametrize("photometric", [2, 6])
def test_jpeg_2000_that_its_decoder_converts(tmp_path: Path, code, said, photometric) -> None:
    picture = RGB[[0], :][:, [0] * 4 + [2] * 4].repeat(4, 0)
    tags = {259: (SHORT, [code]), 262: (SHORT, [photometric]), **said}
    assert_rgb(write_tagged(tmp_path / "x.tif", picture, tags, SUBSAMPLED_STREAM), picture)


def test_jpeg_2000_in_a_box_that_names_its_colours(tmp_path: Path) -> None:
    stream = bytearray(imagecodecs.jpeg2k_encode(YCBCR, level=0, codecformat="jp2", mct=False))
    stream[stream.find(b"colr") + 10] = 18  # sYCC
    tags = {**YCBCR_TAGS, 259: (SHORT, [34712])}
    assert_rgb(write_tagged(tmp_path / "x.tif", YCBCR, tags, bytes(stream)))


def test_aperios_other_jpeg_2000_is_rgb(tmp_path: Path) -> None:
    stream = imagecodecs.jpeg2k_encode(RGB, level=0, codecformat="j2k", mct=False)
    assert_rgb(write_tagged(tmp_path / "x.svs", RGB, {259: (SHORT, [33005])}, stream), most=0)


def test_the_files_own_coefficients_and_range_count(tmp_path: Path) -> None:
    """Video's range, 16 to 235 and 16 to 240, and coefficients of ITU-R BT.709: a pure green."""
    luma = np.array([0.2126, 0.7152, 0.0722])
    blueness, redness = -luma[1] / (2 - 2 * luma[2]), -luma[1] / (2 - 2 * luma[0])
    codes = [16 + 219 * luma[1], 128 + 224 * blueness, 128 + 224 * redness]
    array = np.rint(np.array([[codes, [235, 128, 128], [16, 128, 128]]])).astype(np.uint8)
    tags = {
        **YCBCR_TAGS,
        529: (RATIONAL, [2126, 10_000, 7152, 10_000, 722, 10_000]),
        532: (RATIONAL, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]),
    }
    expected = np.array([[[0, 255, 0], [255, 255, 255], [0, 0, 0]]])
    assert_rgb(write_tagged(tmp_path / "x.tif", array, tags), expected)


def test_tags_that_describe_no_colours_are_refused(tmp_path: Path) -> None:
    tags = {**YCBCR_TAGS, 529: (RATIONAL, [299, 0, 587, 1000, 114, 1000])}
    with pytest.raises(UserError, match="coefficients"):
        read_raw(write_tagged(tmp_path / "x.tif", YCBCR, tags))


@pytest.mark.parametrize("luma", [[299, 1, 587, 1, 114, 1], [1, 1, 1, 1, 1, 1]])
def test_coefficients_are_shares_of_one(tmp_path: Path, luma: list[int]) -> None:
    with pytest.raises(UserError, match="whose sum is 1"):
        read_raw(write_tagged(tmp_path / "x.tif", YCBCR, {**YCBCR_TAGS, 529: (RATIONAL, luma)}))


# Red, white and black: 65,535 and its half are full range in 16 bits.
YCBCR_16 = np.array([[[19595, 21710, 65535], [65535, 32768, 32768], [0, 32768, 32768]]], np.uint16)
RGB_16 = np.array([[[65535, 0, 0], [65535] * 3, [0, 0, 0]]])


def codes(*black_and_white: int) -> dict:
    return {532: (RATIONAL, [number for code in black_and_white for number in (code, 1)])}


@pytest.mark.parametrize("said", [{}, codes(*[0, 65535], *[32768, 65535] * 2)])
def test_sixteen_bits(tmp_path: Path, said: dict) -> None:
    file = write_tagged(tmp_path / "x.tif", YCBCR_16, {**YCBCR_TAGS, **said})
    assert_rgb(file, RGB_16, most=3)


def test_twelve_bits_in_sixteen(tmp_path: Path) -> None:
    said = codes(*[0, 4095], *[2048, 4095] * 2)
    file = write_tagged(tmp_path / "x.tif", YCBCR_16 // 16, {**YCBCR_TAGS, **said})
    assert_rgb(file, RGB_16, most=40)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (YCBCR_16, codes(*[0, 255], *[128, 255] * 2)),
        (YCBCR, codes(*[0, 65535], *[32768, 65535] * 2)),
        (YCBCR, codes(*[0, 255] * 3)),
    ],
    ids=["of 8 bits", "of 16 bits", "for RGB"],
)
def test_black_and_white_of_something_else(tmp_path: Path, array, said) -> None:
    with pytest.raises(UserError, match="black and white between 0 and"):
        read_raw(write_tagged(tmp_path / "x.tif", array, {**YCBCR_TAGS, **said}))


def test_coefficients_may_be_floats(tmp_path: Path) -> None:
    tags = {**YCBCR_TAGS, 529: (DOUBLE, [0.299, 0.587, 0.114])}
    assert_rgb(write_tagged(tmp_path / "x.tif", YCBCR, tags))


# Four blocks of 2 × 2 pixels, one of them beyond the picture's right and lower edge: red and green
# above, blue and grey below. Each block: its four Y row by row, Cb, Cr.
BLOCKS = bytes([76, 76, 76, 76, 85, 255, 150, 0, 150, 0, 44, 21])
BLOCKS += bytes([29, 29, 0, 0, 255, 107, 99, 0, 0, 0, 128, 128])
PICTURE = np.zeros((3, 3, 3), np.uint8)
PICTURE[:2, :2], PICTURE[:2, 2], PICTURE[2, :2], PICTURE[2, 2] = RGB[0, 0], RGB[0, 1], RGB[0, 2], 99


@pytest.mark.parametrize(
    ("code", "encode"),
    [
        (1, bytes),
        (5, imagecodecs.lzw_encode),
        (8, zlib.compress),
        (32773, imagecodecs.packbits_encode),
    ],
    ids=["none", "lzw", "zlib", "packbits"],
)
@pytest.mark.parametrize("said", [True, False], ids=["said", "default"])
def test_subsampled_colours(tmp_path: Path, code: int, encode, said: bool) -> None:
    tags = {259: (SHORT, [code]), 262: (SHORT, [6])} | ({530: (SHORT, [2, 2])} if said else {})
    assert_rgb(write_tagged(tmp_path / "x.tif", PICTURE, tags, encode(BLOCKS)), PICTURE)


def test_whole_colours_whose_tag_is_left_out(tmp_path: Path) -> None:
    """2 × 2 is the default, and three bytes per pixel say that it is not meant."""
    assert_rgb(write_tagged(tmp_path / "x.tif", YCBCR, {262: (SHORT, [6])}))


@pytest.mark.parametrize("said", [(2, 2), (2, 1), (4, 1), (1, 2)])
def test_whole_colours_that_are_said_to_be_shared(tmp_path: Path, said) -> None:
    """As LZW of a former JPEG may have it, whose tag was copied."""
    assert_rgb(write_tagged(tmp_path / "x.tif", YCBCR, {262: (SHORT, [6]), 530: (SHORT, said)}))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("block", [(1, 2), (2, 1), (4, 1), (4, 2), (1, 4)])
def test_blocks_beyond_the_edge(tmp_path: Path, block: tuple[int, int], dtype) -> None:
    """Five rows and seven columns of which each block has a grey of its own."""
    across, down = block
    middle, step = (128, 4) if dtype == np.uint8 else (32768, 1028)
    greys = np.arange(-(-5 // down) * -(-7 // across)).reshape(-(-5 // down), -1) * step
    units = [[grey] * across * down + [middle, middle] for grey in greys.ravel()]
    picture = greys.repeat(down, 0).repeat(across, 1)[:5, :7, None].repeat(3, 2).astype(dtype)
    tags = {262: (SHORT, [6]), 530: (SHORT, block)}
    data = np.array(units, dtype).tobytes()
    assert_rgb(write_tagged(tmp_path / "x.tif", picture, tags, data), picture)


@pytest.mark.parametrize("said", [{}, {530: (SHORT, [2, 2])}])
def test_tiles_beyond_the_edge(tmp_path: Path, said: dict) -> None:
    """Of a second tile only two columns show, which all its values would fill as whole colours."""
    picture = np.full((16, 18, 3), 99, np.uint8)
    tile = bytes([99] * 4 + [128] * 2) * 64
    places = {322: (SHORT, [16]), 323: (SHORT, [16]), 324: (LONG, [8, 392]), 325: (LONG, [384] * 2)}
    tags = {262: (SHORT, [6]), **places, **said}
    assert_rgb(write_tagged(tmp_path / "x.tif", picture, tags, 2 * tile), picture)


@pytest.mark.parametrize(
    ("tags", "data", "found"),
    [
        ({530: (SHORT, [0, 1])}, BLOCKS, r"subsampling \(0, 1\)"),
        ({530: (SHORT, [3, 1])}, BLOCKS, r"subsampling \(3, 1\)"),
        ({530: (SHORT, [2])}, BLOCKS, "subsampling"),
        ({}, BLOCKS[:-5], "truncated"),
        ({317: (SHORT, [2]), 259: (SHORT, [5])}, imagecodecs.lzw_encode(BLOCKS), "predictor 2"),
    ],
    ids=["none", "thirds", "one number", "cut", "predictor"],
)
def test_subsampled_colours_that_cannot_be_read(tmp_path: Path, tags, data, found) -> None:
    tags = {262: (SHORT, [6]), 530: (SHORT, [2, 2]), **tags}
    with pytest.raises(UserError, match=found):
        read_raw(write_tagged(tmp_path / "x.tif", PICTURE, tags, data))


@pytest.mark.parametrize("code", [6, 32809, 34661, 34676, 50012], ids=str)
def test_what_no_decoder_knows_is_not_called_damaged(tmp_path: Path, code: int) -> None:
    """Old JPEG, ThunderScan, JBIG, LogLuv, and a number that nobody has taken."""
    tags = {259: (SHORT, [code]), 262: (SHORT, [6 if code == 6 else 1])}
    array = np.zeros((8, 8, 3) if code == 6 else (8, 8), np.uint8)
    with pytest.raises(UserError, match="it cannot; the file need not be damaged"):
        read_raw(write_tagged(tmp_path / "x.tif", array, tags))
