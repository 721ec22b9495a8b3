"""Whole files or none: write to a temporary name in the same folder, then rename."""

import errno
import fcntl
import json
import math
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PROBE = 1 << 16  # bytes; more than the rest of the last block


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, on any error remove it.

    An empty file is there already; its suffix is that of `path`, so writers that choose a format
    by suffix work. What a killed process has left under that name is removed. Whoever writes it,
    the file gets the mode that the umask gives.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, descriptor = _temporary_beside(path)
    try:
        yield temporary
        _give_mode(temporary, stat.S_IMODE(os.fstat(descriptor).st_mode))
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
    """Return a new file that no other process writes to, and the descriptor that holds its lock.

    Always the same name, so that the next try removes what a killed one has left; a random one
    where another process holds the lock, or the file system knows none.
    """
    usual = path.with_name(f".unfinished.{path.name}")
    _remove_left(usual)
    with suppress(FileExistsError):
        # New, never the file of another: its mode is what the umask gives now.
        descriptor = open_in_place(usual, os.O_EXCL)
        if _locked(descriptor, usual):
            return usual, descriptor
        os.close(descriptor)
    other = path.with_name(f".{uuid.uuid4().hex[:12]}.{path.name}")
    return other, open_in_place(other, os.O_EXCL)


def _remove_left(path: Path) -> None:
    """Remove what a killed process has left; not what somebody alive is writing."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:  # no file, or none of ours
        return
    if _locked(descriptor, path):
        path.unlink(missing_ok=True)
    os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Lock an open file; return False where another process has it, or has renamed it since."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            path.unlink(missing_ok=True)
        return False


def _give_mode(path: Path, mode: int) -> None:
    """Let a finished file have the mode that new files have here.

    Some writers put a file of their own in the place of the one they are given, which is nobody
    else's to read (safetensors; all that goes through `tempfile`).
    """
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


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
    """Write JSON atomically, in insertion order, with a final newline.

    Raises ValueError, which names file and key, for NaN and infinity: JSON has no such numbers.
    """
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{path}: {undefined_number(value) or error}") from error
    write_text(path, text + "\n")


def undefined_number(value: Any, key: str = "") -> str:
    """Return where the first NaN or infinity of JSON-like values is, "" where there is none.

    >>> undefined_number({"scores": [{"fid": 1.5}, {"fid": float("nan")}]})
    'scores.1.fid = nan'
    """
    if isinstance(value, float) and not math.isfinite(value):
        return f"{key} = {value}"
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return ""
    found = (undefined_number(one, f"{key}.{name}".lstrip(".")) for name, one in value.items())
    return next(filter(None, found), "")
