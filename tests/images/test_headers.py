"""Sizes and channels of images from their headers, as their readers will find them."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from cytoforge.errors import UserError
from cytoforge.images.header_channels import check_channels
from cytoforge.images.header_size import header_size
from cytoforge.images.read import read_raw
from cytoforge.images.samples import Sample


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pictures(tmp_path: Path, ending: str, mode: str):
    Picture.new(mode, (30, 20)).save(tmp_path / f"a.{ending}")
    assert header_size(tmp_path / f"a.{ending}") == (20, 30)


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}])
@pytest.mark.parametrize("kind", [{"imagej": True}, {"ome": True}, {}])
def test_tiffs_and_stacks(tmp_path: Path, options, kind):
    if options.get("bigtiff") and kind.get("imagej"):
        pytest.skip("no such file")
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.zeros((2, 4, 20, 30), np.uint16),
        photometric="minisblack",
        **options,
        **kind,
    )
    assert header_size(tmp_path / "a.tif") == (20, 30)


def test_a_jpeg_with_fill_bytes(tmp_path: Path):
    Picture.new("L", (30, 20)).save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[:2] + b"\xff\xff\xff" + data[2:])
    assert header_size(tmp_path / "a.jpg") == (20, 30)


def test_what_a_reader_looks_for_elsewhere_is_not_guessed(tmp_path: Path):
    file = tmp_path / "a.jpg"
    Picture.new("L", (30, 20)).save(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:2] + b"\0\0\xc0" + whole[2:])  # bytes between two segments
    assert header_size(file) is None


THUMBNAIL, SCAN = np.zeros((2, 3), np.uint8), np.zeros((20, 30), np.uint8)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}])
def test_a_thumbnail_is_not_the_image(tmp_path: Path, first: bool, options: dict):
    pages = [(THUMBNAIL, {"subfiletype": 1}), (SCAN, {})]
    with tifffile.TiffWriter(tmp_path / "a.tif", **options) as writer:
        for array, said in pages if first else reversed(pages):
            writer.write(array, metadata=None, **said)
    assert header_size(tmp_path / "a.tif") == (20, 30)


@pytest.mark.parametrize(
    ("axes", "shape", "expected"),
    [
        ("YXC", (20, 30, 2), (20, 30)),
        ("YXZ", (20, 30, 4), (20, 30)),
        ("XY", (20, 30), (30, 20)),
        ("CYX", (2, 20, 30), (20, 30)),
        ("YXS", (20, 30, 3), (20, 30)),
    ],
)
@pytest.mark.parametrize("bigtiff", [False, True])
def test_axes_that_tifffile_was_told(tmp_path: Path, axes, shape, expected, bigtiff):
    said = {"metadata": {"axes": axes}, "bigtiff": bigtiff}
    colours = "rgb" if "S" in axes else "minisblack"
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, np.zeros(shape, np.uint8), photometric=colours, **said)
    assert header_size(file) == expected
    if "Z" not in axes:
        assert read_raw(str(file)).pixels.shape[1:] == expected


def test_a_text_that_stands_among_the_tags(tmp_path: Path):
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, SCAN, bigtiff=True, metadata=None, description="7 chars")
    assert header_size(file) == (20, 30)


@pytest.mark.parametrize("scans", [1, 2])
def test_the_glass_of_a_slide_is_not_the_image(tmp_path: Path, scans: int):
    with tifffile.TiffWriter(tmp_path / "a.tif", ome=True) as writer:
        for name, array in [("macro image", THUMBNAIL), *[("scan", SCAN)] * scans]:
            writer.write(array, metadata={"axes": "YX", "Name": name})
    # Of several images, which the reader refuses, none is guessed.
    assert header_size(tmp_path / "a.tif") == ((20, 30) if scans == 1 else None)


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"\xff\xd8\xff", b"text"]
)
def test_what_does_not_say(tmp_path: Path, data: bytes):
    (tmp_path / "a").write_bytes(data)
    assert header_size(tmp_path / "a") is None
    assert header_size(tmp_path / "none") is None


def of_path(path: Path | str, channels: tuple[str, ...] = ()) -> Sample:
    return Sample("a", {"path": str(path)}, file_channels=channels)


def test_a_wrong_name_beside_column_channels_needs_no_file():
    with pytest.raises(UserError, match="no channel `dna`; there: dan, actin; did you mean `dan`"):
        check_channels([of_path("nowhere.tif", ("dan", "actin"))], ["dna", "actin"])


def test_a_file_is_asked_for_its_channels(tmp_path: Path):
    data, names = np.zeros((2, 8, 8), np.uint8), {"axes": "CYX", "Channel": {"Name": ["dna", "F"]}}
    tifffile.imwrite(tmp_path / "a.ome.tif", data, metadata=names)
    check_channels([of_path(tmp_path / "a.ome.tif")], ["dna"])
    with pytest.raises(UserError, match="no channel `actin`; there: dna, F"):
        check_channels([of_path(tmp_path / "a.ome.tif")], ["dna", "actin"])


@pytest.mark.parametrize(
    ("mode", "ending", "right", "wrong"),
    [("L", "png", "grey", "red"), ("RGB", "png", "red", "dna"), ("RGB", "jpg", "grey", "c0")],
)
def test_pictures_have_the_names_of_colours(tmp_path: Path, mode, ending, right, wrong):
    Picture.new(mode, (8, 8)).save(tmp_path / f"a.{ending}")
    check_channels([of_path(tmp_path / f"a.{ending}")], [right])
    with pytest.raises(UserError, match=f"no channel `{wrong}`"):
        check_channels([of_path(tmp_path / f"a.{ending}")], [wrong])


def test_a_file_that_cannot_be_read_is_its_jobs_to_name(tmp_path: Path):
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    check_channels([of_path(tmp_path / "a.tif"), of_path(tmp_path / "none.tif")], ["dna"])
