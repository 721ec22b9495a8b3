"""Label maps and their instance labels are read as they are stored, and checked."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from cytoforge.errors import UserError
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.synthesis.label_maps import check_label_map, check_own_maps, read_instances, read_map
from tests.segmentations import cells_and_gap

MAP = np.array([[0, 1, 2], [2, 2, 2]])


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (np.zeros((4, 4, 3), np.uint8), "shape"),
        (np.zeros((4, 0), np.uint8), "shape"),
        (np.zeros((4, 4), np.float32), "float32"),
        (np.full((4, 4), 3, np.uint8), "codes 3 to 3"),
        (np.full((4, 4), -1, np.int16), "codes -1 to -1"),
    ],
)
def test_what_is_no_label_map_is_refused(bad: np.ndarray, complaint: str):
    with pytest.raises(UserError, match=complaint):
        check_label_map(bad, 3, Path("map.tif"))


def test_tiff_and_png_are_read(tmp_path: Path):
    tifffile.imwrite(tmp_path / "a.tif", MAP.astype(np.uint16))
    Picture.fromarray(MAP.astype(np.uint8)).save(tmp_path / "b.png")
    for name in ("a.tif", "b.png"):
        found = read_map(tmp_path / name, 3)
        assert found.dtype == np.uint8
        assert found.tolist() == MAP.tolist()


def test_grey_codes_saved_as_rgb_and_two_codes_as_truth_values_are_read(tmp_path: Path):
    Picture.fromarray(np.stack([MAP.astype(np.uint8)] * 3, -1)).save(tmp_path / "rgb.png")
    tifffile.imwrite(tmp_path / "bits.tif", MAP == 2)
    assert read_map(tmp_path / "rgb.png", 3).tolist() == MAP.tolist()
    assert read_map(tmp_path / "bits.tif", 3).tolist() == [[0, 0, 1], [1, 1, 1]]


def test_a_map_in_colours_is_refused(tmp_path: Path):
    Picture.fromarray(np.eye(3, dtype=np.uint8)[MAP] * 200).save(tmp_path / "m.png")
    with pytest.raises(UserError, match=r"shape \(2, 3, 3\)"):
        read_map(tmp_path / "m.png", 3)


def test_instances_of_the_user_are_numbered_without_holes(tmp_path: Path):
    path = tmp_path / "a_instances.tif"
    tifffile.imwrite(path, np.array([[0, 3_000_000_000], [0, 7]], np.uint32))
    found = read_instances(path, (2, 2))
    assert found.dtype == np.int32
    assert found.tolist() == [[0, 2], [0, 1]]
    tifffile.imwrite(path, np.array([[9, 9], [7, 7]], np.uint32))  # nothing between the cells
    assert read_instances(path, (2, 2)).tolist() == [[2, 2], [1, 1]]


def test_instances_of_a_segmentation_are_its_cells(tmp_path: Path):
    cells = np.array([[0, 4, 4], [0, 0, 4]], np.int32)
    nuclei, gap = np.zeros_like(cells), np.zeros(cells.shape, bool)
    path = tmp_path / "a.ome.tif"
    write_segmentation(path, cells_and_gap(nuclei, cells, gap, 1, 2, "test"))
    assert read_instances(path, (2, 3)).tolist() == cells.tolist()
    with pytest.raises(UserError, match=r"3 × 3 px(.|\n)*2 × 3 px"):
        read_instances(path, (3, 3))


def test_the_users_maps_are_checked_with_their_instances(tmp_path: Path):
    good, bad = tmp_path / "good.tif", tmp_path / "bad.tif"
    tifffile.imwrite(good, MAP.astype(np.uint8))
    tifffile.imwrite(bad, MAP.astype(np.uint8) + 1)
    check_own_maps([str(good)], 3)
    with pytest.raises(UserError, match=r"bad\.tif(.|\n)*codes 1 to 3"):
        check_own_maps([str(good), str(bad)], 3)
    tifffile.imwrite(tmp_path / "good_instances.tif", np.ones((2, 2), np.uint16))
    with pytest.raises(UserError, match=r"good_instances\.tif(.|\n)*2 × 3 px(.|\n)*2 × 2 px"):
        check_own_maps([str(good)], 3)
