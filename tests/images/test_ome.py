"""The canonical file: everything comes back, the same bytes every time, readable by others."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import read_image, read_provenance, write_image
from cytoforge.images.read import read_raw

RNG = np.random.default_rng(3)
IMAGE = Image(
    name="pos002",
    pixels=RNG.integers(0, 65_536, (2, 300, 310)).astype(np.uint16),
    channels=("dna", "Actin <β> & more"),
    ranges=(ChannelRange(0.1 + 0.2, 4095, "percentile"), ChannelRange(1, 60_000.123, "minmax")),
    pixel_size_um=0.65,
)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_everything_comes_back(tmp_path: Path, dtype: type, channels: int) -> None:
    image = Image(
        name="a",
        pixels=(RNG.random((channels, 20, 33)) * 250).astype(dtype),
        channels=("red", "green", "blue", "alpha")[-channels:],
        ranges=tuple(ChannelRange(0.1 * c, 200 / 3, "percentile") for c in range(channels)),
    )
    write_image(tmp_path / "a.ome.tif", image)
    back = read_image(tmp_path / "a.ome.tif")
    assert back.pixels.dtype == dtype
    assert np.array_equal(back.pixels, image.pixels)
    assert replace(back, pixels=image.pixels) == image


def test_names_and_numbers_come_back_to_the_last_digit(tmp_path: Path) -> None:
    write_image(tmp_path / "a.ome.tif", IMAGE)
    assert replace(read_image(tmp_path / "a.ome.tif"), pixels=IMAGE.pixels) == IMAGE


def test_provenance(tmp_path: Path) -> None:
    provenance = {"seed": "7", "label map": "a/ü<&>.tif", "weights_sha256": "ab" * 32}
    write_image(tmp_path / "a.ome.tif", IMAGE, provenance)
    assert read_provenance(tmp_path / "a.ome.tif") == provenance
    write_image(tmp_path / "b.ome.tif", IMAGE)
    assert read_provenance(tmp_path / "b.ome.tif") == {}


def test_provenance_with_bytes_that_xml_cannot_hold(tmp_path: Path) -> None:
    write_image(tmp_path / "a.ome.tif", IMAGE, {"map": "x\x01\udcff.tif"})
    assert read_provenance(tmp_path / "a.ome.tif") == {"map": "x\ufffd?.tif"}


def test_same_image_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_image(tmp_path / f"{name}.ome.tif", IMAGE, {"seed": "1"})
    assert (tmp_path / "a.ome.tif").read_bytes() == (tmp_path / "b.ome.tif").read_bytes()


def test_other_programs_see_names_pixel_size_and_axes(tmp_path: Path) -> None:
    write_image(tmp_path / "a.ome.tif", IMAGE)
    raw = read_raw(str(tmp_path / "a.ome.tif"))
    assert raw.channels == IMAGE.channels
    assert raw.pixel_size_um == (0.65, 0.65)
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tiff:
        assert tiff.series[0].axes == "CYX"
        assert tiff.pages.first.is_tiled
        assert tiff.pages.first.compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        assert "DateTime" not in tiff.pages.first.tags
        numerator, denominator = tiff.pages.first.tags["XResolution"].value
    assert 1e4 * denominator / numerator == pytest.approx(0.65)


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "a.ome.tif", IMAGE)
    before = (tmp_path / "a.ome.tif").read_bytes()

    def disk_full(path: Path, *_: object, **__: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(tifffile, "imwrite", disk_full)
    with pytest.raises(OSError, match="No space left"):
        write_image(tmp_path / "a.ome.tif", replace(IMAGE, name="other"))
    assert (tmp_path / "a.ome.tif").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_another_tiff_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGE.pixels)
    with pytest.raises(UserError, match="an image of the images stage"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.99])
def test_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    write_image(tmp_path / "a.ome.tif", IMAGE)
    data = (tmp_path / "a.ome.tif").read_bytes()
    (tmp_path / "a.ome.tif").write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"a\.ome\.tif"):
        read_image(tmp_path / "a.ome.tif")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_image(tmp_path / "a.ome.tif")
