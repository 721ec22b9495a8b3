"""The user's own label maps are found before anything runs."""

import os
from pathlib import Path

import pytest

from cytoforge.errors import UserError
from cytoforge.images.names import sample_mark, union_mark
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
        (("a.png", "A.tif"), "several files named"),
        (("a.b.png", "a_b.png"), "several files named a_b"),
        (("a.tif", "a.ome.tif"), "several files named a"),
        (("x" * 240 + ".png",), "a name of more than 120 bytes"),
        (("µ" * 61 + ".png",), "a name of more than 120 bytes"),
        (("{map}.png",), "has the characters { }"),
        (("a.tif", "a_instances.ome.tif"), "not from .ome.tif"),
        ((os.fsdecode(b"z\xe4hler.png"),), "no UTF-8 text"),
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


def test_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UserError, match="may not be entered"):
        own_maps(str(tmp_path))


def test_a_map_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.tif").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) == tmp_path)
    with pytest.raises(UserError, match="may not be read"):
        own_maps(str(tmp_path))


def test_all_files_that_are_wrong_come_at_once(tmp_path: Path):
    for name in ("a.png", "A.png", "b_instances.tif"):
        (tmp_path / name).touch()
    with pytest.raises(UserError) as caught:
        own_maps(str(tmp_path))
    assert caught.value.found.count("\n    - ") == 2


def test_names_of_samples_and_unions_never_meet():
    """Whatever the maps are called, also where case does not count."""
    for names in (["a", "a_s1"], ["a", "A_S1", "a_ss1"], ["a_s1", "a_s1_s1", "a_s"]):
        mark = sample_mark(names)
        made = [name + (f"{mark}{n}" if n else "") for name in names for n in range(3)]
        assert len({name.casefold() for name in made}) == len(made), names
    for sets, real in ((["x", "x_y"], []), (["x", "X_", "x-"], ["x__a", "a"])):
        mark = union_mark(sets, real)
        made = [*real, *(one + mark + image for one in sets for image in ("z", "y_z", "_z"))]
        assert len({name.casefold() for name in made}) == len(made), sets
