"""Whole files or none: write to a temporary name in the same folder, then rename."""

import errno
import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROBE = 1 << 16  # bytes; more than the rest of the last block


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, on any error remove it.

    An empty file is there already; its suffix is that of `path`, so writers that choose a format
    by suffix work. What a killed process has left under that name is written over.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, descriptor = _temporary_beside(path)
    try:
        yield temporary
        _flush_to_disk(temporary)
        temporary.replace(path)
    except BaseException as error:
        full = _write_error(descriptor) if isinstance(error, Exception) else None
        temporary.unlink(missing_ok=True)
        if full and not isinstance(error, OSError):
            raise OSError(full.errno, full.strerror, str(path)) from error
        raise
    finally:
        os.close(descriptor)


def _temporary_beside(path: Path) -> tuple[Path, int]:
    """Return a name that no other process writes to, and the descriptor that holds its lock.

    Always the same name, so that the next try writes over what a killed one has left; a random one
    where another process holds the lock, or the file system knows none.
    """
    usual = path.with_name(f".unfinished.{path.name}")
    descriptor = open_in_place(usual)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held the lock until now may have renamed this very file to its final name.
        if os.path.samestat(os.fstat(descriptor), usual.stat()):
            os.truncate(descriptor, 0)
            return usual, descriptor
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            usual.unlink(missing_ok=True)
    os.close(descriptor)
    other = path.with_name(f".{uuid.uuid4().hex[:12]}.{path.name}")
    return other, open_in_place(other)


def open_in_place(path: Path, flags: int = 0) -> int:
    """Open a file for reading and writing, made if need be; a link there is replaced, not followed.

    Otherwise a link planted among the results would have any file of the user's overwritten.
    """
    if path.is_symlink():
        path.unlink()
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o666)


def _write_error(descriptor: int) -> OSError | None:
    """Return why no more can be written, None if it can: a full disk, a quota.

    Compiled writers do not say: torch ends with "unexpected pos 55488 vs 55384".
    """
    try:
        os.pwrite(descriptor, bytes(PROBE), os.fstat(descriptor).st_size)
    except OSError as error:
        return error
    return None


def _flush_to_disk(path: Path) -> None:
    # Without this a power cut after the rename can leave an empty file under the final name.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON atomically, in insertion order, with a final newline; NaN is refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
