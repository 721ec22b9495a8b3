"""Digests of the user's own files: what a file holds decides, and each state is read once."""

import os
from pathlib import Path

import pytest

from cytoforge.jobs import digests as module
from cytoforge.jobs.digests import Digests


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A file of four bytes that was written an hour ago."""
    return write(tmp_path / "a.tif", b"0123")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where digests are kept; files count as settled at once."""
    monkeypatch.setattr(module, "SETTLED_S", -60.0)
    (tmp_path / "results").mkdir()
    return tmp_path / "results/checksums/inputs.json"


def write(path: Path, content: bytes, date: int = 1_700_000_000) -> Path:
    path.write_bytes(content)
    os.utime(path, (date, date))
    return path


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that every file that is read from now on is added to."""
    found: list[str] = []
    whole = module.sha256_file

    def counted(path: str) -> str:
        found.append(Path(path).name)
        return whole(path)

    monkeypatch.setattr(module, "sha256_file", counted)
    return found


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def edited_with_the_time_restored(path: Path) -> None:
    date = path.stat().st_mtime_ns
    path.write_bytes(b"9123")
    os.utime(path, ns=(date, date))


def older_copy(path: Path) -> None:
    path.unlink()
    write(path, b"9123", 1_600_000_000)


def link_elsewhere(path: Path) -> None:
    plate = write(path.with_name("other.tif"), b"9123")
    path.unlink()
    path.symlink_to(plate)


@pytest.mark.parametrize("change", [edited_with_the_time_restored, older_copy, link_elsewhere])
def test_another_content_of_the_same_size_is_seen(raw: Path, kept: Path, change):
    before = Digests(kept)
    first = before.of(raw)
    before.save()
    change(raw)
    assert Digests(kept).of(raw) != first


def test_two_files_whose_names_were_swapped(raw: Path, kept: Path):
    other = write(raw.with_name("b.tif"), b"4567")
    before = Digests(kept)
    first = before.of(raw), before.of(other)
    before.save()
    swap(raw, other)
    after = Digests(kept)
    assert (after.of(other), after.of(raw)) == first


def test_touching_a_file_changes_nothing(raw: Path, kept: Path):
    first = Digests(kept).of(raw)
    os.utime(raw)
    assert Digests(kept).of(raw) == first


def test_a_state_is_read_once(raw: Path, kept: Path, monkeypatch: pytest.MonkeyPatch):
    read = reads(monkeypatch)
    for _ in range(2):
        found = Digests(kept)
        found.of(raw)
        found.save()
    assert read == ["a.tif"]


def test_a_file_written_just_now_is_not_kept(raw: Path, kept: Path, monkeypatch):
    # It may be written again within the same tick of the clock.
    monkeypatch.setattr(module, "SETTLED_S", 2.0)
    found = Digests(kept)
    found.of(write(raw, b"0123"))
    found.save()
    assert not kept.exists()


def test_where_there_are_no_results_no_folder_is_made(raw: Path, kept: Path):
    kept.parents[1].rmdir()
    found = Digests(kept)
    found.of(raw)
    found.save()
    assert not kept.parents[1].exists()


def test_two_processes_keep_what_both_have_read(raw: Path, kept: Path, monkeypatch):
    other = write(raw.with_name("b.tif"), b"4567")
    one, two = Digests(kept), Digests(kept)
    one.of(raw), two.of(other)
    one.save(), two.save()
    read = reads(monkeypatch)
    Digests(kept).of(raw), Digests(kept).of(other)
    assert read == []


def test_a_damaged_file_of_digests_is_not_believed(raw: Path, kept: Path):
    found = Digests(kept)
    whole = found.of(raw)
    found.save()
    kept.write_text(kept.read_text().replace("4 bytes", "5 bytes"))
    assert Digests(kept).of(raw) == whole


def test_a_folder_that_cannot_be_written_is_no_error(raw: Path, kept: Path):
    kept.parent.write_text("a file where the folder would be")
    found = Digests(kept)
    assert found.of(raw).startswith("4 bytes, sha256 ")
    found.save()


def test_a_file_that_is_gone_has_a_reason_for_a_digest(raw: Path, kept: Path):
    raw.unlink()
    assert Digests(kept).of(raw) == "unreadable: No such file or directory"


def test_who_compares_nothing_reads_nothing(raw: Path, kept: Path, monkeypatch):
    read, found = reads(monkeypatch), Digests(kept, compute=False)
    assert (found.of(raw), found.holds(raw, "0" * 64), read) == ("", True, [])


def test_digests_are_kept_beside_the_results_wherever_the_program_has_gone(
    raw: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    digests = Digests(Path("results/checksums/inputs.json"))
    digests.of(raw)
    monkeypatch.chdir("/")
    digests.save()
    assert kept.is_file()
