"""Whatever lies at a user's path, the answer is a sentence and never a traceback."""

import os
from pathlib import Path

import pytest

from cytoforge.errors import UserError, shown
from cytoforge.jobs.text_file import read_user_text
from cytoforge.jobs.user_path import Place, entries, look_at


def test_files_folders_pipes_and_nothing(tmp_path: Path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    kinds = [look_at(tmp_path / name).kind for name in ("file", ".", "pipe", "none", "file/x")]
    assert kinds == ["file", "folder", "device", "nothing", "nothing"]


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("x" * 300, "a name of 300 characters, too long"),
        ("a/" * 3000, "5999 characters, too long"),
        ("a\0b", "NUL character"),
        ("z\udce4hler.tif", "no UTF-8 text"),
    ],
)
def test_a_path_that_no_system_takes(path: str, trouble: str):
    assert look_at(path).kind == "nothing"
    assert trouble in look_at(path).trouble


def test_links(tmp_path: Path):
    (tmp_path / "broken.tif").symlink_to("plate/a.tif")
    (tmp_path / "loop.tif").symlink_to("loop.tif")
    assert (
        "is a link to plate/a.tif, which is not there" in look_at(tmp_path / "broken.tif").trouble
    )
    assert "leads to itself" in look_at(tmp_path / "loop.tif").trouble


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As for a user who is not root, to whom everything is open."""
    (tmp_path / "closed.tif").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert look_at(tmp_path / "closed.tif") == Place("file", "may not be read (permissions)")
    assert "may not be entered" in look_at(tmp_path).trouble


def test_a_file_in_a_closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def denied(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", denied)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert (
        f"lies in {tmp_path}, a folder that may not be entered"
        in look_at(tmp_path / "a.tif").trouble
    )


def test_what_is_no_folder(tmp_path: Path):
    with pytest.raises(UserError, match="is no folder"):
        entries(tmp_path / "nowhere", "sets.a.maps")


def test_any_path_can_be_shown():
    assert shown(os.fsdecode(b"z\xe4hler")) == r"z\xe4hler"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_texts_are_read_as_their_mark_says(tmp_path: Path, encoding: str):
    (tmp_path / "a.tsv").write_bytes("image\tµm".encode(encoding))
    assert read_user_text(tmp_path / "a.tsv", "a table", "") == "image\tµm"


@pytest.mark.parametrize(
    ("data", "where", "found"),
    [
        ("a\nµ".encode("latin-1"), "a.tsv, line 2", "Windows or Latin-1"),
        ("abc".encode("utf-16-le"), "a.tsv", "UTF-16 without its mark"),
        (b"PK\3\4rest", "a.tsv", "an Excel workbook"),
    ],
)
def test_other_encodings_are_named(tmp_path: Path, data: bytes, where: str, found: str):
    (tmp_path / "a.tsv").write_bytes(data)
    with pytest.raises(UserError, match=found) as caught:
        read_user_text(tmp_path / "a.tsv", "a table", "")
    assert caught.value.where.endswith(where)
