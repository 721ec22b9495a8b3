"""Results whose times are still to come: a clock was ahead when they were made.

Snakemake fails every job that reads them (its output would be older than its input), and does not
see an input that changes before that time has come.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

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


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield entry
