"""Label images of other programs are found by the names of images, and what lacks is named."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.errors import UserError
from cytoforge.segmentation.label_file import read_result_file
from cytoforge.segmentation.outside_labels import outside_files

OBJECTS, IMAGES = ("nuclei", "cells"), ("a", "b")


def files(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def found(folders: str | dict[str, str], objects=OBJECTS, images=IMAGES):
    return outside_files(folders, objects, images, "benchmarks.x.outside.tool")


def test_a_folder_per_object_within_one_folder(tmp_path: Path):
    files(tmp_path / "cells", "a.tif", "b.png")
    assert found(str(tmp_path)) == {
        "cells": {"a": f"{tmp_path}/cells/a.tif", "b": f"{tmp_path}/cells/b.png"}
    }


def test_files_of_the_only_object_may_lie_in_the_folder_itself(tmp_path: Path):
    files(tmp_path, "a_cp_masks.png", "b.ome.tif", "notes.txt")
    by_image = found(str(tmp_path), ("nuclei",))["nuclei"]
    assert [Path(path).name for path in by_image.values()] == ["a_cp_masks.png", "b.ome.tif"]


def test_an_image_may_be_called_like_another_with_an_ending(tmp_path: Path):
    files(tmp_path, "a.tif", "a_mask.tif")
    by_image = found(str(tmp_path), ("nuclei",), ("a", "a_mask"))["nuclei"]
    assert [Path(path).name for path in by_image.values()] == ["a.tif", "a_mask.tif"]


def test_folders_may_be_named_by_object(tmp_path: Path):
    folder = files(tmp_path / "mesmer", "a.tif", "b.tif", "c.tif")
    assert set(found({"cells": str(folder)})["cells"]) == {"a", "b"}


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (("a.tif",), "none of b"),
        (("a.tif", "B.tif"), "did you mean `B`?"),
        (("a.tif", "a.png", "b.tif"), "a.png and a.tif"),
        (("a.tif", "a_cp_masks.tif", "b.tif"), "a.tif and a_cp_masks.tif"),
        (("a.jpg", "b.jpg"), "none of a, b"),
    ],
)
def test_what_lacks_is_named(tmp_path: Path, names: tuple[str, ...], complaint: str):
    files(tmp_path, *names)
    with pytest.raises(UserError, match=r"benchmarks\.x\.outside\.tool, nuclei") as caught:
        found(str(tmp_path), ("nuclei",))
    assert complaint in str(caught.value)


def test_several_objects_need_a_folder_each(tmp_path: Path):
    files(tmp_path, "a.tif", "b.tif")
    with pytest.raises(UserError, match="a folder per object"):
        found(str(tmp_path))
    with pytest.raises(UserError, match="is no folder"):
        found(str(tmp_path / "nowhere"))


def test_a_tool_may_have_found_nothing_but_not_in_an_image_of_another_size(tmp_path: Path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((4, 6), np.uint16))
    assert read_result_file(path, (4, 6), "there").tolist() == [[0] * 6] * 4
    with pytest.raises(UserError, match="4 × 5 px"):
        read_result_file(path, (4, 5), "there")


def test_a_mask_is_divided_and_what_is_no_instances_is_scored_as_it_is(tmp_path: Path, caplog):
    row = np.zeros((8, 40), np.uint16)
    row[2:6, 2:10] = row[2:6, 20:28] = 255
    tifffile.imwrite(tmp_path / "mask.tif", row)
    assert read_result_file(tmp_path / "mask.tif", (8, 40), "there").max() == 2
    inverted = np.where(row > 0, 0, 1).astype(np.uint16)
    inverted[:2, :2] = 2
    tifffile.imwrite(tmp_path / "inverted.tif", inverted)
    assert np.array_equal(read_result_file(tmp_path / "inverted.tif", (8, 40), "there"), inverted)
    assert "scored as it is" in caplog.text
