"""Fetch a file whose content is known: never for ever, and never another file.

A server may accept a connection and then say nothing, or a byte per minute; so may a name server.
Work goes on in a thread of its own, which is left behind when no more arrives.
"""

import base64
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cytoforge.jobs.atomic import atomic_path
from cytoforge.jobs.provenance import sha256_file

PATIENCE_S = 20.0  # seconds in which fewer than SLOWEST bytes may arrive
SLOWEST = 10_000
ATTEMPTS = 3
_CHUNK = 1 << 18


class _AnotherFile(OSError):
    """What has arrived is whole, and is not what was asked for."""


@dataclass
class _Transfer:
    """A transfer under way: what has arrived, how it ended, and whether anybody waits for it."""

    arrived: int = 0
    error: Exception | None = None
    left: threading.Event = field(default_factory=threading.Event)


def fetch(
    address: str,
    path: Path,
    sha256: str,
    authorities: str | None = None,
    patience_s: float = PATIENCE_S,
    attempts: int = ATTEMPTS,
) -> None:
    """Write the file at `address` to `path`, whole and with this sha256, or not at all.

    Parameters
    ----------
    address : http, https, ftp or file
    authorities : file of certificates that are trusted; None takes the system's
    patience_s : seconds without progress after which an attempt is given up

    Raises
    ------
    OSError : it is not there, another file is, or the server stays silent in all attempts
    """
    print(f"fetching {shown(address)}", flush=True)
    for attempt in range(1, attempts + 1):
        try:
            with atomic_path(path) as temporary:
                _copy_while_it_moves(address, temporary, authorities, patience_s)
                found = sha256_file(temporary)
                if found != sha256:
                    raise _AnotherFile(f"its sha256 is {found}, not {sha256}")
            return
        except OSError as error:
            if attempt == attempts or _is_final(error):
                tries = f", {attempt} attempts" if attempt > 1 else ""
                raise OSError(f"{error}{tries}") from error
            print(
                f"{shown(address)}: {error}; trying again ({attempt + 1} of {attempts})", flush=True
            )
            time.sleep(min(attempt, patience_s))


def read_page(address: str, authorities: str | None = None) -> tuple[str, str]:
    """Return the text of a page, of at most 10 MB, and its address after redirections."""
    with _open(address, authorities, PATIENCE_S) as page:
        return page.read(10_000_000).decode("utf-8", "replace"), page.url


def shown(address: str) -> str:
    """Return an address for a message: without the password that it may hold."""
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _copy_while_it_moves(
    address: str, path: Path, authorities: str | None, patience_s: float
) -> None:
    transfer = _Transfer()
    work = threading.Thread(
        target=_copy, args=(transfer, address, path, authorities, patience_s), daemon=True
    )
    work.start()
    before, since = 0, time.monotonic()
    while work.is_alive():
        work.join(min(0.2, patience_s / 4))
        if transfer.arrived - before >= SLOWEST:
            before, since = transfer.arrived, time.monotonic()
        elif time.monotonic() - since > patience_s and work.is_alive():
            transfer.left.set()
            raise TimeoutError(
                f"the server sent {transfer.arrived - before} bytes in {patience_s:g} seconds"
            )
    if transfer.error is not None:
        raise transfer.error


def _copy(
    transfer: _Transfer, address: str, path: Path, authorities: str | None, patience_s: float
) -> None:
    try:
        with _open(address, authorities, patience_s) as source, path.open("wb") as target:
            read = getattr(source, "read1", source.read)  # what has arrived, not a whole chunk
            while chunk := read(_CHUNK):
                if transfer.left.is_set():
                    return
                target.write(chunk)
                transfer.arrived += len(chunk)
            whole = source.headers.get("Content-Length")
            if whole is not None and transfer.arrived < int(whole):
                raise OSError(f"the connection ended after {transfer.arrived} of {whole} bytes")
    except Exception as error:  # http.client has errors that are no OSError
        is_known = isinstance(error, OSError)
        transfer.error = error if is_known else OSError(f"{type(error).__name__}: {error}")


def _is_final(error: OSError) -> bool:
    """Return whether another attempt would end alike: the server has given all that it has."""
    if isinstance(error, urllib.error.HTTPError):
        return 400 <= error.code < 500 and error.code not in (408, 425, 429)
    missing = isinstance(getattr(error, "reason", None), FileNotFoundError)
    return missing or isinstance(error, _AnotherFile)


def _open(address: str, authorities: str | None, timeout_s: float) -> Any:
    """Open an address; a name and password in it are given to that server alone."""
    request = urllib.request.Request(shown(address))
    parts = urllib.parse.urlsplit(address)
    if parts.username:
        word = (
            f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        )
        basic = base64.b64encode(word.encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    trust = ssl.create_default_context(cafile=authorities)
    return urllib.request.urlopen(request, timeout=timeout_s, context=trust)
