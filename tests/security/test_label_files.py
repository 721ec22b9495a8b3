"""The user's own label maps and manual labels go through the limits of images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.segmentation.label_columns import check_label_columns
from cytoforge.segmentation.label_file import decode_labels, read_label_file
from cytoforge.segmentation.methods.labels.config import LabelsConfig
from cytoforge.synthesis.label_maps import check_own_maps
from cytoforge.synthesis.maps import own_maps
from tests.security.attack import answer_to, assert_helpful, crafted_tiff, described_tiff
from tests.security.test_metadata import LAUGHS, ome
from tests.security.test_picture_bombs import chunk, png
from tests.security.test_tiff_bombs import LERC, LERC_BOMB


class Dangerous:
    """Its pickle makes a folder when read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


def refused(file: Path) -> str:
    answer = answer_to(f"decode_labels(__import__('pathlib').Path({str(file)!r}), 'here')")
    assert answer.megabytes < 200
    assert answer.text.startswith("here\n"), answer.text
    assert "do:" in answer.text
    return answer.text


def test_a_label_tiff_of_2_31_pixels_a_side(tmp_path: Path):
    file = crafted_tiff(tmp_path / "labels.tif", width=2**31 - 1, length=2**31 - 1)
    assert "at most 400 megapixels" in refused(file)


def test_a_label_tiff_of_70_bytes_that_decode_to_2_gigabytes(tmp_path: Path):
    refused(crafted_tiff(tmp_path / "labels.tif", LERC_BOMB, compression=LERC))


def test_a_label_tiff_with_billion_laughs(tmp_path: Path):
    file = described_tiff(tmp_path / "labels.tif", ome("<TiffData/><a>&l10;</a>", LAUGHS))
    assert "DOCTYPE" in refused(file)


def test_a_label_png_of_ten_gigapixels(tmp_path: Path):
    file = tmp_path / "labels.png"
    file.write_bytes(png(100_000, 100_000, chunk(b"IDAT", b"")))
    assert "10,000 megapixels" in refused(file)


def test_a_label_png_larger_than_pillows_own_limit_is_fine(tmp_path: Path):
    """Pillow refuses 179 megapixels, which a slide has; our limit is the config's."""
    labels = np.zeros((14_000, 14_000), np.uint8)
    Picture.fromarray(labels).save(tmp_path / "labels.png", compress_level=1)
    assert decode_labels(tmp_path / "labels.png", "here").shape == (14_000, 14_000)


def test_postscript_under_a_pngs_name_starts_no_interpreter(tmp_path: Path):
    """Pillow's `open` would hand it to Ghostscript."""
    file = tmp_path / "labels.png"
    file.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n(pwned) (w) file\n")
    assert "as no PNG does" in refused(file)


def test_a_pickle_inside_npy_is_not_read(tmp_path: Path):
    file = tmp_path / "labels.npy"
    np.save(file, np.array([Dangerous(tmp_path / "pwned")], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="Python objects") as caught:
        read_label_file(file, (1, 1), "samples.tsv")
    assert not (tmp_path / "pwned").exists()
    assert_helpful(caught.value, str(file))


def test_a_zip_under_an_npys_name(tmp_path: Path):
    np.savez_compressed(tmp_path / "x.npz", a=np.zeros(10_000_000))
    (tmp_path / "x.npz").rename(tmp_path / "labels.npy")
    refused(tmp_path / "labels.npy")


@pytest.mark.parametrize("shape", ["(1000000, 1000000)", "(16, 16, 10**12)", "(-1, 5)"])
def test_an_npy_header_that_lies_about_its_shape(tmp_path: Path, shape: str):
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    file = tmp_path / "labels.npy"
    file.write_bytes(b"\x93NUMPY\x01\x00v\x00" + header.encode() + bytes(100))
    refused(file)


def test_own_maps_are_refused_before_any_job(tmp_path: Path):
    file = crafted_tiff(tmp_path / "map.tif", width=100_000, length=100_000)
    with pytest.raises(UserError, match="10,000 megapixels") as caught:
        check_own_maps(own_maps(str(tmp_path)), 5)
    assert_helpful(caught.value, str(file))


@pytest.mark.parametrize("name", ["{model}.tif", "<script>.tif", "a\x1b[2J.tif", "a\nb.png"])
def test_names_of_own_maps_that_would_be_read_as_something_else(tmp_path: Path, name: str):
    (tmp_path / name).touch()
    with pytest.raises(UserError, match="rename") as caught:
        own_maps(str(tmp_path))
    assert "\x1b" not in str(caught.value)


def test_a_label_column_that_snakemake_would_read_as_a_wildcard(tmp_path: Path):
    sample = Sample("a", {"path": "a.tif"}, columns={"nuclei_labels": "{image}.tif"})
    with pytest.raises(UserError, match=r"the characters \{ \}"):
        check_label_columns({"cells": LabelsConfig()}, {"a": sample})
