"""Results that are ahead of the clock."""

import os
from pathlib import Path

import pytest

from cytoforge.errors import UserError
from cytoforge.jobs.file_times import LONG_AGO, date_back, refuse_ahead

NOW = 1_800_000_000.0


@pytest.mark.parametrize(("ahead", "expected"), [(-5, NOW - 5), (5, NOW + 5), (3600, LONG_AGO)])
def test_files_that_are_ahead_become_the_oldest(tmp_path: Path, ahead: float, expected: float):
    path = tmp_path / "images/a.tif"
    path.parent.mkdir()
    path.write_bytes(b"a")
    os.utime(path, (NOW + ahead, NOW + ahead))
    assert date_back(tmp_path, NOW) == (expected == LONG_AGO)
    assert path.stat().st_mtime == expected


def test_what_lies_behind_a_link_is_left_alone(tmp_path: Path):
    (tmp_path / "raw.tif").write_bytes(b"raw")
    os.utime(tmp_path / "raw.tif", (NOW + 3600, NOW + 3600))
    (tmp_path / "results").mkdir()
    (tmp_path / "results/raw.tif").symlink_to(tmp_path / "raw.tif")
    assert date_back(tmp_path / "results", NOW) == 0


def test_no_folder_yet(tmp_path: Path):
    assert date_back(tmp_path / "results") == 0


def test_a_photograph_from_a_camera_whose_clock_is_ahead_is_named(tmp_path: Path):
    photo = tmp_path / "photo.tif"
    photo.touch()
    refuse_ahead([photo])
    with pytest.raises(UserError, match=r"photo\.tif[\s\S]*6\.0 hours ahead"):
        refuse_ahead([photo], now=photo.stat().st_mtime - 6 * 3600)
