"""XML inside images: entities that unfold, files it names, planes it invents."""

import os
from pathlib import Path

import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, read_provenance, write_image
from cytoforge.images.read import read_raw, stack_planes
from cytoforge.segmentation.segmentation_file import read_segmentation
from tests.security.attack import PIXELS, answer_to, assert_helpful, described_tiff

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_TENFOLD = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 11))
LAUGHS = f"<!DOCTYPE x [<!ENTITY l0 'lol'>{_TENFOLD}]>"


def ome(
    body: str = "<TiffData/>", before: str = "", sizes: tuple[int, int, int] = (1, 1, 1)
) -> str:
    z, c, t = sizes
    return (
        f'<?xml version="1.0"?>{before}<OME xmlns="{SCHEMA}"><Image ID="Image:0"><Pixels'
        f' ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="16" SizeY="16" SizeC="{c}"'
        f' SizeZ="{z}" SizeT="{t}">{body}</Pixels></Image></OME>'
    )


def in_file(uuid: str, name: str, channel: int) -> str:
    return f'<TiffData FirstC="{channel}" IFD="0"><UUID FileName="{name}">{uuid}</UUID></TiffData>'


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        (LAUGHS, "&l10;"),
        ("<!DOCTYPE x [<!ENTITY a '%s'>]>" % ("x" * 100_000), "&a;" * 10_000),
        ("<!DOCTYPE x [<!ENTITY % a SYSTEM 'file:///dev/zero'> %a;]>", ""),
    ],
    ids=["billion laughs", "quadratic", "parameter entity"],
)
def test_entities_that_unfold(tmp_path: Path, declared: str, used: str):
    body = f'<TiffData/><Channel ID="c" Name="{used}"/>'
    file = described_tiff(tmp_path / "x.ome.tif", ome(body, declared))
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "<!DOCTYPE" in answer.text
    assert "do:" in answer.text
    assert answer.megabytes < 50


def test_an_external_entity_reads_no_file(tmp_path: Path):
    (tmp_path / "secret").write_text("S3CRET")
    declared = f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file://{tmp_path}/secret'>]>"
    file = described_tiff(tmp_path / "x.ome.tif", ome("<TiffData/><a>&a;</a>", declared))
    with pytest.raises(UserError, match="DOCTYPE") as caught:
        read_raw(str(file))
    assert "S3CRET" not in str(caught.value)
    assert_helpful(caught.value, str(file))


@pytest.mark.parametrize(
    "xml",
    [
        ome(sizes=(1000, 1000, 2000)),
        ome(sizes=(10**9, 10**9, 10**9)),
        ome('<TiffData IFD="0" PlaneCount="2000000000"/>'),
    ],
    ids=["two billion planes", "10^27 planes", "planes of one entry"],
)
def test_planes_that_nobody_made(tmp_path: Path, xml: str):
    """tifffile makes a list of them all: 16 GB for two billion."""
    file = described_tiff(tmp_path / "x.ome.tif", xml)
    answer = answer_to(f"read_raw({str(file)!r})")
    assert "at most 100,000 planes" in answer.text
    assert answer.megabytes < 50


@pytest.mark.parametrize(
    ("number", "other"), [('SizeZ="1"', 'SizeZ="one"'), ("<TiffData/>", '<TiffData IFD="x"/>')]
)
def test_numbers_of_planes_that_are_none_are_not_called_damage(tmp_path: Path, number, other):
    file = described_tiff(tmp_path / "x.ome.tif", ome().replace(number, other))
    with pytest.raises(UserError, match="pixels themselves may be whole") as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


def test_metadata_cannot_name_another_file(tmp_path: Path):
    (tmp_path / "project").mkdir()
    tifffile.imwrite(tmp_path / "private.tif", PIXELS)
    body = in_file("urn:uuid:1", "x.ome.tif", 0) + in_file("urn:uuid:2", "../private.tif", 1)
    file = described_tiff(tmp_path / "project" / "x.ome.tif", ome(body, sizes=(1, 2, 1)))
    with pytest.raises(UserError, match="spread over 2 files") as caught:
        read_raw(str(file))
    assert_helpful(caught.value, str(file))


def test_metadata_cannot_make_the_reader_wait_for_a_pipe(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    body = "<TiffData/>" + in_file("urn:uuid:2", "pipe", 1)
    file = described_tiff(tmp_path / "x.ome.tif", ome(body, sizes=(1, 2, 1)))
    answer = answer_to(f"read_raw({str(file)!r})", seconds=10)
    assert "spread over 2 files" in answer.text


def test_a_renamed_file_that_names_itself_is_still_one_file(tmp_path: Path):
    file = described_tiff(tmp_path / "new_name.ome.tif", ome(in_file("urn:uuid:1", "old.tif", 0)))
    assert read_raw(str(file)).pixels.tolist() == [PIXELS.tolist()]


def test_the_reader_of_stacks_asks_the_same_questions(tmp_path: Path):
    """`planes: all` opens files before any job."""
    file = described_tiff(tmp_path / "x.ome.tif", ome("<TiffData/>", LAUGHS))
    with pytest.raises(UserError, match="DOCTYPE"):
        stack_planes(str(file))


@pytest.mark.parametrize("read", [read_image, read_provenance, read_segmentation])
def test_a_file_under_results_with_entities(tmp_path: Path, read):
    file = described_tiff(tmp_path / "x.ome.tif", ome("<TiffData/><a>&l9;</a>", LAUGHS))
    with pytest.raises(UserError) as caught:
        read(file)
    assert str(file) in caught.value.where


def test_markup_in_names_stays_a_name(tmp_path: Path):
    """Our own writer: a channel, and provenance, that would end their elements."""
    name = '"/><!-- & <script>alert(1)</script> ]]>'
    image = Image("a", PIXELS[None], (name,), (ChannelRange(0, 255),), 0.5)
    write_image(tmp_path / "a.ome.tif", image, {"label_map": name})
    assert read_image(tmp_path / "a.ome.tif").channels == (name,)
    assert read_provenance(tmp_path / "a.ome.tif") == {"label_map": name}
    assert read_raw(str(tmp_path / "a.ome.tif")).channels == (name,)
