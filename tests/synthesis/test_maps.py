"""The user's own label maps are found before anything runs."""

from pathlib import Path

import pytest

from cytoforge.errors import UserError
from cytoforge.synthesis.maps import own_maps


def test_maps_are_listed_by_name(tmp_path: Path):
    for name in ("b.tif", "a.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [Path(path).name for path in own_maps(str(tmp_path))] == ["a.png", "b.tif"]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [((), "has none"), (("a.png", "a.tif"), "several files named a")],
)
def test_no_map_and_two_of_one_name_are_refused(tmp_path: Path, names, complaint):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=complaint):
        own_maps(str(tmp_path))


def test_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(UserError, match="is no folder"):
        own_maps(str(tmp_path / "nowhere"))
