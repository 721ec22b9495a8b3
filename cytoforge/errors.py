"""The exceptions whose message is written for the user."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

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


@contextmanager
def told() -> Iterator[None]:
    """Leave the program with a UserError's message alone, e.g. while rules are read."""
    try:
        yield
    except UserError as error:
        raise SystemExit(f"\nerror: {error}\n") from None


def print_notices(notices: Iterable[str]) -> None:
    """Print what a user should know and may leave as it is, beside the messages of a run."""
    notices = list(notices)
    for notice in notices[:MOST_NOTICES]:
        print(f"notice: {notice}", file=sys.stderr)
    if len(notices) > MOST_NOTICES:
        print(f"notice: and {len(notices) - MOST_NOTICES} more", file=sys.stderr)
