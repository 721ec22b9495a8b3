"""Checksums of what each job made, so that a file damaged later is never taken for its result.

Each file that a job makes under results/ has a record under results/checksums/, one line as
`sha256sum` writes it. A job verifies what it reads before it starts:

    python -m cytoforge.jobs.checksums     # verify every file; `make verify`
"""

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_text
from cytoforge.jobs.provenance import sha256_file

RESULTS = Path("results")
RECORDS = RESULTS / "checksums"
# What no job makes as a result of its own.
NO_RESULTS = ("benchmarks", "checksums", "logs", "state", "report/live.html")
REMEDIES = """
What is gone is made again by the command of the run, e.g. snakemake --cores all. Delete what is
damaged, and what you no longer trust, and it is made again as well. If results/checksums was lost
alone, bring it back from a backup. What has left the config for good: delete its record there.
"""


def record(outputs: Iterable[str | Path]) -> None:
    """Record files, and all files of folders, that were just made; only those under results/."""
    for output in map(Path, outputs):
        if not output.is_relative_to(RESULTS):
            continue
        if output.is_dir():
            # Records of files that this folder no longer holds would call them lost.
            shutil.rmtree(RECORDS / output.relative_to(RESULTS), ignore_errors=True)
        for path in _files(output):
            write_text(_record_of(path), f"{sha256_file(path)}  {path.as_posix()}\n")


def verify(inputs: Iterable[str | Path]) -> None:
    """Raise UserError at the first file whose bytes are not those recorded.

    The input it belongs to, the file or its folder, is set aside, so that the next run makes it
    again. Files without a record are taken as they are.
    """
    for given in map(Path, inputs):
        for path in (*_files(given), *_lost_files(given)):
            expected = recorded(path)
            found = sha256_file(path) if path.is_file() else None
            if expected not in (None, found):
                raise _damaged(path, _set_aside(given), lost=found is None)


def _set_aside(given: Path) -> Path:
    aside = given.with_name(f"{given.name}.damaged")
    if aside.is_dir():
        shutil.rmtree(aside)
    return given.replace(aside)


def _damaged(path: Path, aside: Path, *, lost: bool) -> UserError:
    return UserError(
        where=str(path),
        expected="the bytes that were written when it was made (results/checksums)",
        found="no file" if lost else "other bytes: damaged on the disk, or edited",
        fix="give the same command again and it is made again; what is there was set aside as "
        f"{aside}. To use an edited label map, name its folder as `sets.<name>.maps`",
    )


def recorded(path: str | Path) -> str | None:
    """Return the sha256 that a result had when it was made, None where none can be read."""
    path = Path(path)
    if not path.is_relative_to(RESULTS) or not _record_of(path).is_file():
        return None
    found = re.match(rb"[0-9a-f]{64}(?=  )", _record_of(path).read_bytes())
    return found[0].decode() if found else None


def date_of_record(path: str | Path) -> float:
    """Return when the sha256 of a result was recorded, in seconds since 1970."""
    return _record_of(Path(path)).stat().st_mtime


def is_whole(folder: str | Path) -> bool:
    """Return whether a folder holds every file that was recorded in it; other paths are whole."""
    return not any(_lost_files(Path(folder)))


def damaged_files() -> list[str]:
    """Return one line per recorded file that is missing or has other bytes."""
    lines = []
    for record_file in sorted(RECORDS.rglob("*.sha256")):
        path = _result_of(record_file)
        expected = recorded(path)
        if expected is None:
            lines.append(f"{path}: its record {record_file} is damaged")
        elif not path.is_file():
            lines.append(f"{path}: missing")
        elif sha256_file(path) != expected:
            lines.append(f"{path}: damaged or edited")
    return lines


def unrecorded_files() -> list[str]:
    """Return the results of which nothing tells whether they are as they were made, sorted."""
    found = []
    for path in _files(RESULTS):
        within = path.relative_to(RESULTS)
        hidden = any(part.startswith(".") or part.endswith(".damaged") for part in within.parts)
        made = not any(within.is_relative_to(other) for other in NO_RESULTS)
        if made and not hidden and not _record_of(path).exists():
            found.append(path.as_posix())
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.is_file():
        yield path


def _lost_files(folder: Path) -> Iterator[Path]:
    """Yield files recorded in a folder that it no longer holds."""
    if folder.is_dir() and folder.is_relative_to(RESULTS):
        for record_file in sorted((RECORDS / folder.relative_to(RESULTS)).rglob("*.sha256")):
            if not (path := _result_of(record_file)).exists():
                yield path


def _record_of(path: Path) -> Path:
    """Return where the record of a result lies."""
    within = RECORDS / path.relative_to(RESULTS)
    return within.with_name(f"{within.name}.sha256")


def _result_of(record_file: Path) -> Path:
    return RESULTS / record_file.relative_to(RECORDS).with_suffix("")


def main() -> None:
    lines, strangers = damaged_files(), unrecorded_files()
    count = len(list(RECORDS.rglob("*.sha256")))
    if strangers:
        lines.append(f"{len(strangers)} results without a checksum, e.g. {strangers[0]}")
    if not lines and not count:
        lines.append(f"nothing to compare: there are no results in {RESULTS.absolute()}")
    whole = f"{count} recorded files, all as they were made"
    print("\n".join(lines) + f"\n{REMEDIES}" if lines else whole)
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
