"""Files dated in the future, because a clock was ahead when they were made.

Snakemake fails every job that reads them (its output would be older than its input), and does not
see an input that changes before that time has come. Results are dated back; the user's files are
named.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from cytoforge.errors import UserError

# A network folder's clock may be a little ahead of this machine's.
TOLERANCE = 60.0  # s
LONG_AGO = 315_532_800.0  # 1980; Snakemake takes 0 for no time at all


def date_back(folder: Path, now: float | None = None) -> int:
    """Date the files under `folder` that are ahead of the clock to 1980; return their number.

    Any input is then newer than what was made of it, so Snakemake compares its content with what it
    has recorded: changes are seen, and nothing is made again without one.
    """
    latest = (time.time() if now is None else now) + TOLERANCE
    ahead = [entry.path for entry in _files(folder) if entry.stat().st_mtime > latest]
    for path in ahead:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return len(ahead)


def refuse_ahead(paths: Iterable[str | Path], now: float | None = None) -> None:
    """Raise UserError at the first file dated ahead: a camera's clock, or a time zone."""
    present = time.time() if now is None else now
    for path in paths:
        ahead = Path(path).stat().st_mtime - present
        if ahead > TOLERANCE:
            raise UserError(
                where=str(path),
                expected="a file dated before now: Snakemake compares the times of files",
                found=f"one dated {ahead / 3600:.1f} hours ahead of this machine's clock",
                fix=f"give it and others like it the present time: touch {path}",
            )


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield entry
