"""The user's own label maps are found before anything runs."""

from pathlib import Path

import pytest

from cytoforge.errors import UserError
from cytoforge.synthesis.maps import instance_files, own_maps


def test_maps_are_listed_by_name(tmp_path: Path):
    for name in ("b.tif", "a.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [Path(path).name for path in own_maps(str(tmp_path))] == ["a.png", "b.tif"]


def test_instance_labels_beside_a_map_are_no_map(tmp_path: Path):
    for name in ("b.tif", "b_instances.tif", "a.png", "c[1].tif", "c[1]_instances.PNG"):
        (tmp_path / name).touch()
    maps = own_maps(str(tmp_path))
    assert [Path(path).name for path in maps] == ["a.png", "b.tif", "c[1].tif"]
    found = [Path(path).name for path in instance_files(maps)]
    assert found == ["b_instances.tif", "c[1]_instances.PNG"]
    assert instance_files(maps[:1]) == []


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ((), "has none"),
        (("a.png", "a.tif"), "several files named a"),
        (("a_instances.tif",), "has none"),
        (("a.png", "a_instances.tif", "a_instances.png"), "several files named a_instances"),
        (("a.png", "b_instances.tif"), "no file named b"),
    ],
)
def test_folders_without_a_clear_map_are_refused(tmp_path: Path, names, complaint):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=complaint):
        own_maps(str(tmp_path))


def test_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(UserError, match="is no folder"):
        own_maps(str(tmp_path / "nowhere"))
