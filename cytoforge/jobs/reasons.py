"""Why a job runs, in a line or two: Snakemake writes out all files, and all settings twice."""

import re

MOST_FILES, MOST_CHARACTERS = 3, 300
_PARAMS = re.compile(
    r"(Params have changed) since last execution: Union of exclusive params before and now across"
    r" all output: before: (.*?) now: (.*?) *(?=$|; Software environment)",
    re.DOTALL,
)
_FILES = re.compile(r"(?<=files: )[^;]+|(?<=by another job: )[^;]+")


def short_reason(reason: str) -> str:
    """Return Snakemake's reason for a job, with three files at most and only what changed.

    >>> short_reason("Missing output files: a, b, c, d, e")
    'Missing output files: a, b, c and 2 more'
    """
    reason = _FILES.sub(lambda found: _few(found[0].split(", ")), reason)
    reason = _PARAMS.sub(lambda found: f"{found[1]}: {_change(found[2], found[3])}", reason)
    return reason if len(reason) <= MOST_CHARACTERS else f"{reason[: MOST_CHARACTERS - 1]}…"


def _few(files: list[str]) -> str:
    if len(files) <= MOST_FILES:
        return ", ".join(files)
    return f"{', '.join(files[:MOST_FILES])} and {len(files) - MOST_FILES} more"


def _change(old: str, new: str) -> str:
    """Return the settings that differ: what both texts begin and end with is left out."""
    shared = min(len(old), len(new))
    start = next((i for i in range(shared) if old[i] != new[i]), shared)
    rest = shared - start
    end = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    # Whole settings: back to the comma or bracket before, on to the one behind.
    start = max(old.rfind(mark, 0, start) for mark in "{[(,") + 1
    return f"{_whole(old, start, end)} → {_whole(new, start, end)}"


def _whole(text: str, start: int, shared_end: int) -> str:
    behind = re.compile(r", |[}\])]|$").search(text, len(text) - shared_end)
    piece = text[start : behind.start() if behind else None].strip()
    return piece if len(piece) <= 80 else f"{piece[:79]}…"
