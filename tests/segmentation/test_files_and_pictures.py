"""Files, overlays and the table of cells."""

import numpy as np
import pytest
import tifffile
from skimage.measure import regionprops

from cytoforge.config.segmentation import GapConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.picture import note_of, write_png
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.overlay import COLOURS, overlay
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation, write_segmentation
from cytoforge.segmentation.summary import count_neighbours, object_table
from cytoforge.segmentation.tally import found_in_words
from tests.segmentation.conftest import image_of
from tests.segmentations import cells_and_gap


@pytest.fixture
def result(two_channels) -> Segmentation:
    return segment(two_channels, WatershedConfig(gap=GapConfig(enabled=True)))


def test_a_segmentation_comes_back_as_written(tmp_path, result):
    write_segmentation(tmp_path / "s.ome.tif", result, 0.325)
    back = read_segmentation(tmp_path / "s.ome.tif")
    for plane in ("nuclei", "cells", "gap"):
        np.testing.assert_array_equal(back[plane], result[plane])
        assert back[plane].dtype == result[plane].dtype
    assert back.objects["nuclei"].diameter_px == result.objects["nuclei"].diameter_px
    assert back.objects["cells"].diameter_px == result.objects["cells"].diameter_px
    assert back.method == result.method


def test_how_sure_a_method_is_comes_back_beside_its_objects(tmp_path):
    labels = np.array([[0, 2, 2], [7, 7, 0]], np.int32)
    sure = np.where(labels == 2, 0.25, np.where(labels == 7, 0.75, 0)).astype(np.float32)
    plane = ObjectPlane(labels, confidence=sure)
    write_segmentation(tmp_path / "s.ome.tif", Segmentation({"nuclei": plane}, "network"))
    found = read_segmentation(tmp_path / "s.ome.tif")
    assert list(found.objects) == ["nuclei"]
    assert found.objects["nuclei"].confidences.tolist() == [0.25, 0.75]
    assert found.crop(1, 2, 0, 3).objects["nuclei"].confidences.tolist() == [0.75]


def test_files_carry_planes_and_pixel_size_for_other_programs(tmp_path, result):
    write_segmentation(tmp_path / "s.ome.tif", result, 0.325)
    with tifffile.TiffFile(tmp_path / "s.ome.tif") as tiff:
        assert tiff.series[0].axes == "CYX"
        assert tiff.series[0].dtype == np.int32
        for text in ('Name="nuclei"', 'Name="cells"', 'Name="gap"', 'PhysicalSizeX="0.325"'):
            assert text in (tiff.ome_metadata or "")


def test_the_same_segmentation_gives_the_same_bytes(tmp_path, result):
    for name in ("a.ome.tif", "b.ome.tif"):
        write_segmentation(tmp_path / name, result)
    assert (tmp_path / "a.ome.tif").read_bytes() == (tmp_path / "b.ome.tif").read_bytes()


@pytest.mark.parametrize("kind", ["absent", "empty", "other"])
def test_another_file_is_no_segmentation(tmp_path, kind):
    path = tmp_path / "x.ome.tif"
    if kind == "empty":
        path.touch()
    elif kind == "other":
        tifffile.imwrite(path, np.zeros((3, 8, 8), np.int32), ome=True)
    with pytest.raises(UserError, match=r"x\.ome\.tif"):
        read_segmentation(path)


def test_overlay_draws_outlines_and_tints_the_gap(two_channels, result):
    gap = np.zeros_like(result["gap"])
    gap[115:, :] = result["cells"][115:, :] == 0
    tinted = cells_and_gap(result["nuclei"], result["cells"], gap, 14, 25, "x")
    picture = overlay(two_channels, tinted)
    assert picture.shape == (*result["cells"].shape, 3)
    assert picture.dtype == np.uint8
    colours = {tuple(map(int, c)) for c in picture.reshape(-1, 3)}
    assert {COLOURS["cells"], COLOURS["nuclei"]} <= colours
    plain = overlay(two_channels, result)
    changed = picture[gap].astype(int) - plain[gap]
    assert (changed[:, 0] > 30).all()
    assert (changed[:, 1] < 30).all()
    np.testing.assert_array_equal(picture[~gap], plain[~gap])


def test_a_photograph_keeps_its_colours_and_its_outlines_stand_out(result):
    colours = np.array([[[150, 70, 160]]], np.uint8)  # haematoxylin and eosin
    pixels = np.broadcast_to(np.moveaxis(colours, -1, 0), (3, *result.shape)).copy()
    pixels[0, 0, 0] = 151  # or all is one colour, as in a grey picture
    image = Image("he", pixels, ("red", "green", "blue"), (ChannelRange(0, 255),) * 3)
    picture = overlay(image, result, nuclei_channel="haematoxylin")
    nothing = (result["cells"] == 0) & ~result["gap"]
    assert (picture[nothing][1:] == colours[0, 0]).all()
    for colour in (COLOURS["cells"], COLOURS["nuclei"]):
        assert np.abs(np.array(colour) - colours[0, 0]).max() > 100
        assert (picture == colour).all(axis=2).any()


def test_a_bright_grey_image_is_not_washed_out(result):
    plane = np.full(result.shape, 150, np.uint8)
    plane[:, ::10], plane[:, 5::10] = 0, 255
    picture = overlay(Image("p", plane[None], ("grey",), (ChannelRange(0, 255),)), result)
    ground = (plane == 150) & (result["cells"] == 0) & ~result["gap"]
    assert (picture[ground] == 150).all()


def test_what_was_found_travels_with_the_overlay(tmp_path, two_channels, result):
    write_png(tmp_path / "o.png", overlay(two_channels, result), found_in_words(result, 0.5))
    assert note_of(tmp_path / "o.png").startswith("8 nuclei, median 1")
    write_png(tmp_path / "p.png", overlay(two_channels, result))
    assert note_of(tmp_path / "p.png") == ""


def test_the_table_agrees_with_skimage(two_channels, result):
    table = object_table(two_channels, result)
    unit = to_unit(two_channels)
    assert list(table["id"]) == list(range(1, result["cells"].max() + 1))
    for row, region in zip(table.itertuples(), regionprops(result["cells"]), strict=True):
        cell = result["cells"] == region.label
        assert row.area_px == region.area
        assert row.eccentricity == pytest.approx(region.eccentricity, abs=0.02)
        assert (row.centroid_row, row.centroid_col) == pytest.approx(region.centroid)
        assert row.nucleus_area_px == (result["nuclei"] == region.label).sum()
        assert row.intensity_dna == pytest.approx(unit[0][cell].mean(), rel=1e-5)
        assert row.intensity_actin == pytest.approx(unit[1][cell].mean(), rel=1e-5)


def test_ellipse_fit_is_one_for_a_disk_and_less_for_two(two_channels):
    rows, cols = np.mgrid[:60, :60]
    labels = np.zeros((60, 60), np.int32)
    labels[np.hypot(rows - 15, cols - 15) < 10] = 1
    labels[np.hypot(rows - 45, cols - 15) < 10] = 2
    labels[np.hypot(rows - 45, cols - 35) < 10] = 2
    image = image_of(np.ones((60, 60)) + rows)
    fit = object_table(image, cells_and_gap(labels, labels, labels > 9, 1, 1, "x"))["ellipse_fit"]
    assert fit[0] == pytest.approx(1, abs=0.01)
    assert fit[1] == pytest.approx(0.894, abs=0.02)  # two touching disks, by integration


def test_neighbours_are_counted_across_a_narrow_slit_only():
    labels = np.zeros((6, 30), int)
    labels[:, :8], labels[:, 8:14], labels[:, 17:20], labels[:, 27:] = 1, 2, 3, 4
    # 1 and 2 touch; 2 and 3 are 3 px apart; 3 and 4 are 7 px apart.
    np.testing.assert_array_equal(count_neighbours(labels, 5, 4)[1:], [1, 2, 1, 0])
    np.testing.assert_array_equal(count_neighbours(labels, 5, 0)[1:], [1, 1, 0, 0])
