"""Find a file of a package index by its name, where pip would look for it.

pip itself cannot be asked: to download a source archive it runs the archive's setup.py. Whatever is
found here is compared by its sha256 and read as data.
"""

import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from cytoforge.pretrained.fetch import read_page, shown


class _Links(HTMLParser):
    """The addresses on a page of an index."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value and tag == "a"]


def pip_settings() -> dict[str, list[str]]:
    """Return pip's own settings by name, those of the environment first."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    settings: dict[str, list[str]] = {}
    lines = sorted(done.stdout.splitlines(), key=lambda line: not line.startswith(":env:"))
    for line in lines:
        if match := re.match(r"[^=]*\.([a-z-]+)=(['\"])(.*)\2$", line):
            settings.setdefault(match[1], []).extend(match[3].replace("\\n", " ").split())
    return settings


def default_index() -> list[str]:
    """Return the index that pip asks when it is told none, as its help says; else nothing."""
    command = [sys.executable, "-m", "pip", "download", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    match = re.search(r"--index-url\b.*?\(default\s+(\S+?)\)", done.stdout, re.S)
    return [match[1]] if match else []


def addresses(package: str, file: str, settings: dict[str, list[str]]) -> Iterator[str]:
    """Yield where the file lies: in pip's local folders first, then in each index that has it."""
    for folder in settings.get("find-links", []):
        path = Path(folder) / file
        if path.is_file():
            yield path.absolute().as_uri()
    if settings.get("no-index"):
        return
    authorities = certificates(settings)
    first = settings.get("index-url") or default_index()
    for index in (*first[:1], *settings.get("extra-index-url", [])):
        page = f"{index.rstrip('/')}/{re.sub('[-_.]+', '-', package).lower()}/"
        try:
            text, base = read_page(page, authorities)
        except (OSError, ValueError) as error:
            print(f"{shown(page)}: {error}", file=sys.stderr)
            continue
        links = _Links()
        links.feed(text)
        for link in links.found:
            address = urllib.parse.urldefrag(urllib.parse.urljoin(base, link)).url
            if urllib.parse.urlsplit(address).path.rpartition("/")[2] == file:
                yield _with_password_of(page, address)


def certificates(settings: dict[str, list[str]]) -> str | None:
    """Return the file of certificates that pip trusts, where it is told one."""
    return next(iter(settings.get("cert", [])), None)


def _with_password_of(page: str, address: str) -> str:
    """Return the address, with the page's name and password where it is on the same server."""
    ours, its = urllib.parse.urlsplit(page), urllib.parse.urlsplit(address)
    if "@" in ours.netloc and ours.netloc.rpartition("@")[2] == its.netloc:
        return its._replace(netloc=ours.netloc).geturl()
    return address
