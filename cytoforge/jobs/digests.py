"""What the user's own files hold, whatever their dates say: images, label files, maps, weights.

A copy that keeps its time, two files whose names were swapped, a link to another plate: rules
follow the digest. It is computed once for each state of a file, and kept beside the results.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from cytoforge.jobs.atomic import write_text
from cytoforge.jobs.provenance import sha256_file

KEPT = Path("results/checksums/inputs.json")
# A file may be written again within one tick of its file system's clock, with the same size.
SETTLED_S = 2.0
SAVE_EVERY_S = 60.0
DIGITS = 32


class Digests:
    """Digests of files by path, computed when first asked for and whenever a file has changed.

    Parameters
    ----------
    kept : file in which those of settled files are kept; one that cannot be read, is damaged or
        cannot be written costs time and nothing else
    compute : False where nobody compares them, e.g. in a cluster's jobs, which read the rules too:
        every digest is then ""
    """

    def __init__(self, kept: Path = KEPT, *, compute: bool = True) -> None:
        # With --directory, Snakemake is back in the folder it was called from when rules are left.
        self._kept, self._compute = kept.absolute(), compute
        self._known: dict[str, tuple[str, str]] | None = None
        self._new: dict[str, tuple[str, str]] = {}
        self._saved = time.monotonic()

    def of(self, path: str | Path) -> str:
        """Return a file's size and sha256 as text, or why it cannot be read.

        Whoever touches a file, moves it with its folder or clones it changes nothing. An edit whose
        date was set back changes the time of the last change of status, which nobody sets.
        """
        if not self._compute:
            return ""
        path = os.fspath(path)
        try:
            state = _state(path)
            known = self._all().get(path)
            if known is not None and known[0] == state:
                return known[1]
            found = sha256_file(path)
            size, settled = _size_if_settled(path, state)
        except OSError as error:
            return f"unreadable: {error.strerror}"
        digest = f"{size} bytes, sha256 {found[:DIGITS]}"
        self._all()[path] = (state, digest)
        if settled:
            self._new[path] = (state, digest)
            if time.monotonic() - self._saved > SAVE_EVERY_S:
                self.save()
        return digest

    def holds(self, path: str | Path, sha256: str) -> bool:
        """Return whether a file has that sha256; where none is computed, whether it is there."""
        if not self._compute:
            return Path(path).is_file()
        return self.of(path).endswith(f"sha256 {sha256[:DIGITS]}")

    def save(self) -> None:
        """Keep what was computed since the last time, beside what others have kept meanwhile."""
        self._saved = time.monotonic()
        if not self._new or not self._kept.parents[1].is_dir():
            return  # no results yet: a look at what would be done makes no folder
        # A folder that cannot be written, or a full disk: the digests are computed again.
        with suppress(OSError):
            text = json.dumps({**_read(self._kept), **self._new}, separators=(",", ":"))
            write_text(self._kept, f"{_sum(text)}\n{text}\n")
            self._new = {}

    def _all(self) -> dict[str, tuple[str, str]]:
        if self._known is None:
            self._known = _read(self._kept)
        return self._known


def _state(path: str) -> str:
    """Return what changes with a file: its size, both its times and which file it is."""
    found = Path(path).stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _size_if_settled(path: str, before: str) -> tuple[int, bool]:
    """Return a file's size, and whether its state is that of `before` and has been for a time."""
    found = Path(path).stat()
    latest = max(found.st_mtime, found.st_ctime)
    return found.st_size, _state(path) == before and latest < time.time() - SETTLED_S


def _read(kept: Path) -> dict[str, tuple[str, str]]:
    """Return the digests that were kept, none where the file is absent or damaged."""
    try:
        total, text = kept.read_text("utf-8").rstrip("\n").split("\n", 1)
        if total != _sum(text):
            return {}
        return {path: (state, digest) for path, (state, digest) in json.loads(text).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
