"""The exceptions whose message is written for the user."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_NOTICES = 20


class UserError(Exception):
    """Something the user can fix: bad input, a wrong setting, a missing file.

    Everything that runs a step prints only this message, never a traceback.

    >>> raise UserError("seed", "a whole number", "'one'", "write e.g. seed: 1")
    Traceback (most recent call last):
    cytoforge.errors.UserError: seed
      expected: a whole number
      found:    'one'
      do:       write e.g. seed: 1

    Parameters
    ----------
    where : the file or config key at fault, as the user wrote it
    expected, found : what was needed and what was there instead
    fix : one sentence saying what to do
    """

    def __init__(self, where: str, expected: str, found: str, fix: str = "") -> None:
        self.where, self.expected, self.found, self.fix = where, expected, found, fix
        lines = [f"{where}", f"  expected: {expected}", f"  found:    {found}"]
        if fix:
            lines.append(f"  do:       {fix}")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        # Exception's own pickling passes the joined message as the only argument, which a worker
        # process could not unpickle.
        return type(self), (self.where, self.expected, self.found, self.fix)


class NoCellsError(UserError):
    """A segmenter found no cell. For an input image a mistake, for a synthetic one a result."""


def shown(path: str | Path) -> str:
    """Return a path as text that can be printed and stored, whatever its bytes, cut when long.

    >>> shown("z\\udce4hler.tif"), len(shown("x" * 4000))
    ('z\\\\xe4hler.tif', 161)
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if len(text) <= 160 else f"{text[:120]}…{text[-40:]}"


@contextmanager
def told() -> Iterator[None]:
    """Leave the program with the message alone of a UserError, e.g. while rules are read, or of a
    path that the system refuses: a folder below a file, a name that is too long, a full disk."""
    try:
        yield
    except UserError as error:
        raise SystemExit(f"\nerror: {error}\n") from None
    except OSError as error:
        if error.filename is None:
            raise
        raise SystemExit(f"\nerror: {_of_path(error)}\n") from None


def _of_path(error: OSError) -> UserError:
    return UserError(
        shown(error.filename),
        "a file that can be read, or a place where one can be written",
        error.strerror or type(error).__name__,
        "correct the path or its permissions",
    )


def print_notices(notices: Iterable[str]) -> None:
    """Print what a user should know and may leave as it is, beside the messages of a run."""
    notices = list(notices)
    for notice in notices[:MOST_NOTICES]:
        print(f"notice: {notice}", file=sys.stderr)
    if len(notices) > MOST_NOTICES:
        print(f"notice: and {len(notices) - MOST_NOTICES} more", file=sys.stderr)
