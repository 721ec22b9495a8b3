"""The user's own label images."""

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture
from pydantic import ValidationError

from cytoforge.config.objects import region_names
from cytoforge.config.segmentation import GapConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.segmentation.label_columns import check_label_columns
from cytoforge.segmentation.label_file import read_label_file
from cytoforge.segmentation.methods.labels.config import LabelsConfig
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import image_of

SHAPE = (40, 50)


@pytest.fixture
def cells() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint16)
    labels[5:20, 5:20], labels[5:20, 20:40], labels[25:35, 10:30] = 900, 17, 4
    return labels


@pytest.fixture
def nuclei() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint16)
    labels[8:14, 8:14], labels[8:14, 25:31] = 1, 2
    return labels


def run(folder, **columns):
    image = image_of(np.random.default_rng(0).random(SHAPE) * 99, name="well_a1")
    return segment(image, LabelsConfig(), Sample("well_a1", {"path": "x"}, columns=columns))


def save(path, labels) -> str:
    tifffile.imwrite(path, labels)
    return str(path)


def test_both_files_with_unrelated_ids(tmp_path, nuclei, cells):
    result = run(
        tmp_path,
        nuclei_labels=save(tmp_path / "n.tif", nuclei),
        cells_labels=save(tmp_path / "c.tif", cells),
    )
    np.testing.assert_array_equal(np.unique(result["cells"]), [0, 1, 2, 3])
    np.testing.assert_array_equal(result["nuclei"] > 0, nuclei > 0)
    assert result["nuclei"][10, 10] == result["cells"][10, 10] == 1
    assert result.method == "labels"


def test_dropped_nuclei_are_counted_in_the_method(tmp_path, nuclei, cells):
    nuclei[38, 48] = 3  # outside every cell
    result = run(
        tmp_path,
        nuclei_labels=save(tmp_path / "n.tif", nuclei),
        cells_labels=save(tmp_path / "c.tif", cells),
    )
    assert result.method == "labels, 1 nucleus left out"


def test_a_mask_says_in_the_method_that_it_was_split(tmp_path, cells):
    cells[5:20, 20] = 0  # between two that touch
    result = run(
        tmp_path, cells_labels=save(tmp_path / "c.tif", (cells > 0).astype(np.uint8) * 255)
    )
    np.testing.assert_array_equal(np.unique(result["cells"]), [0, 1, 2, 3])
    assert result.method == "labels, cells_labels a mask of 0 and 255, split into its 3 pieces"


def test_nuclei_only_are_cells_too(tmp_path, nuclei):
    result = run(tmp_path, nuclei_labels=save(tmp_path / "n.tif", nuclei))
    np.testing.assert_array_equal(result["cells"], result["nuclei"])


def test_cells_only_have_no_nuclei_but_diameters(tmp_path, cells):
    result = run(tmp_path, cells_labels=save(tmp_path / "c.tif", cells))
    assert not result["nuclei"].any()
    cell_px = result.objects["cells"].diameter_px
    assert cell_px == pytest.approx(np.sqrt(225 * 4 / np.pi), rel=0.1)
    assert result.objects["nuclei"].diameter_px == pytest.approx(
        result.objects["cells"].diameter_px / 1.8
    )


def test_no_column_names_the_columns(tmp_path):
    with pytest.raises(UserError, match=r"nuclei_labels.*cells_labels"):
        run(tmp_path)


def test_whole_numbers_are_read_from_floats(tmp_path, nuclei):
    tifffile.imwrite(tmp_path / "fiji.tif", nuclei.astype(np.float32))
    np.testing.assert_array_equal(read_label_file(tmp_path / "fiji.tif", SHAPE, "here"), nuclei)


def test_png_and_npy_are_read(tmp_path, nuclei):
    Picture.fromarray(nuclei).save(tmp_path / "n.png")
    np.save(tmp_path / "n.npy", nuclei)
    for name in ("n.png", "n.npy"):
        np.testing.assert_array_equal(read_label_file(tmp_path / name, SHAPE, "here"), nuclei)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (np.ones((40, 49), np.uint16), "40 × 49"),
        (np.full(SHAPE, 0.5, np.float32), "type float32 with fractions"),
        (np.full(SHAPE, np.nan, np.float32), "type float32 with NaN"),
        (np.full(SHAPE, 2.0**25, np.float32), "type float32 with numbers beyond 16,777,216,"),
        (np.full(SHAPE, -1, np.int32), "id -1"),
        (np.zeros(SHAPE, np.uint16), "only background"),
        (np.arange(6000, dtype=np.uint16).reshape(*SHAPE, 3), "shape"),
    ],
)
def test_wrong_labels_are_refused_with_file_and_column(tmp_path, labels, found):
    path = save(tmp_path / "wrong.tif", labels)
    with pytest.raises(UserError, match=found) as error:
        run(tmp_path, cells_labels=path)
    assert path in error.value.where
    assert "cells_column" in error.value.where


@pytest.mark.parametrize("name", ["absent.tif", "empty.tif", "cut.tif", "labels.jpg", "pickle.npy"])
def test_unreadable_files_are_refused(tmp_path, name, nuclei):
    path = tmp_path / name
    if name == "empty.tif":
        path.touch()
    elif name == "cut.tif":
        whole = tmp_path / "whole.tif"
        tifffile.imwrite(whole, nuclei)
        path.write_bytes(whole.read_bytes()[:900])
    elif name == "pickle.npy":
        np.save(path, np.array([{}], object), allow_pickle=True)
    elif name == "labels.jpg":
        path.write_bytes(b"\xff\xd8")
    with pytest.raises(UserError, match=name):
        run(tmp_path, nuclei_labels=str(path))


def test_other_objects_have_planes_of_their_own_and_are_regions(tmp_path, nuclei, cells):
    spots = np.zeros(SHAPE, np.uint16)
    spots[30:33, 40:44], spots[9:11, 9:11] = 700, 30
    further = {"spots": "dots", "veins": "tubes"}
    config = LabelsConfig(further_columns=further, gap=GapConfig(enabled=True))
    columns = {
        "nuclei_labels": save(tmp_path / "n.tif", nuclei),
        "cells_labels": save(tmp_path / "c.tif", cells),
        "dots": save(tmp_path / "s.tif", spots),
    }
    image = image_of(np.random.default_rng(0).random(SHAPE) * 99, name="well_a1")
    result = segment(image, config, Sample("well_a1", {"path": "x"}, columns=columns))
    assert list(result.objects) == ["nuclei", "cells", "spots", "veins", "gap"]
    assert result["spots"][31, 41] == 2
    np.testing.assert_array_equal(result["spots"] > 0, spots > 0)
    assert not result["veins"].any()
    assert {"spots", "spots_rim"} <= set(region_names(config.objects))


@pytest.mark.parametrize("name", ["cells", "gap"])
def test_a_name_that_is_taken_is_refused(name):
    with pytest.raises(ValidationError, match=f"not {name}"):
        LabelsConfig(further_columns={name: "x"})


def test_unless_asked_there_is_no_gap(tmp_path, cells):
    assert "gap" not in run(tmp_path, cells_labels=save(tmp_path / "c.tif", cells))


@pytest.mark.parametrize("drawn", [True, False])
def test_a_mask_in_the_column_is_the_gap_and_without_one_there_is_none(tmp_path, cells, drawn):
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, -7:] = 255
    columns = {"cells_labels": save(tmp_path / "c.tif", cells)}
    columns |= {"gap_labels": save(tmp_path / "g.tif", mask)} if drawn else {}
    image = image_of(np.random.default_rng(0).random(SHAPE) * 99, name="well_a1")
    config = LabelsConfig(gap_column="gap_labels", gap=GapConfig(enabled=True, erode_px=0))
    gap = segment(image, config, Sample("well_a1", {"path": "x"}, columns=columns))["gap"]
    assert gap.dtype == bool
    np.testing.assert_array_equal(gap, (mask > 0) & drawn)


def test_a_mask_of_another_size_is_refused_with_its_column(tmp_path, cells):
    columns = {
        "cells_labels": save(tmp_path / "c.tif", cells),
        "gap_labels": save(tmp_path / "g.tif", np.ones((5, 5), np.uint8)),
    }
    image = image_of(np.random.default_rng(0).random(SHAPE) * 99, name="well_a1")
    with pytest.raises(UserError, match="5 × 5 px") as error:
        segment(
            image,
            LabelsConfig(gap_column="gap_labels"),
            Sample("well_a1", {"path": "x"}, columns=columns),
        )
    assert "gap_column" in error.value.where


def test_a_column_that_the_table_lacks_is_named_once_with_the_nearest():
    columns = {"nucleus_labels": "n.tif"}
    samples = {name: Sample(name, {"path": "x"}, columns=columns) for name in "abc"}
    with pytest.raises(UserError) as caught:
        check_label_columns({"drawn": LabelsConfig()}, samples)
    assert caught.value.found.count("\n") == 1
    assert "no column `nuclei_labels`, `cells_labels`" in caught.value.found
    assert "did you mean `nucleus_labels`?" in caught.value.found
