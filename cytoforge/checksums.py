"""Which bytes a job made, so that a file damaged later is never taken for its result.

Each file that a job makes under results/ has a record under results/checksums/, one line as
`sha256sum` writes it. A job verifies what it reads before it starts:

    python -m cytoforge.checksums     # verify every file; `make verify`
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cytoforge.atomic import write_text
from cytoforge.errors import UserError
from cytoforge.provenance import sha256_file

RESULTS = Path("results")
RECORDS = RESULTS / "checksums"


def record(outputs: Iterable[str | Path]) -> None:
    """Record files, and all files of folders, that were just made. Others than results: nothing."""
    for output in map(Path, outputs):
        if not output.is_relative_to(RESULTS):
            continue
        if output.is_dir():
            # Records of files that this folder no longer holds would call them lost.
            shutil.rmtree(RECORDS / output.relative_to(RESULTS), ignore_errors=True)
        for path in _files(output):
            write_text(_record_of(path), f"{sha256_file(path)}  {path.as_posix()}\n")


def verify(inputs: Iterable[str | Path]) -> None:
    """Raise UserError at the first file whose bytes are not those recorded; it is set aside.

    The next run then makes it anew. Files without a record are taken as they are.
    """
    for path in (file for given in inputs for file in _files(Path(given))):
        expected = _recorded(path)
        if expected is None or sha256_file(path) == expected:
            continue
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        raise UserError(
            where=str(path),
            expected="the bytes that were written when it was made (results/checksums)",
            found="other bytes: damaged on the disk, or edited",
            fix=f"give the same command again and it is made anew; it was set aside as {aside}. "
            "To use an edited label map, name its folder as `synthesis.maps`",
        )


def damaged_files() -> list[str]:
    """Return a line a recorded file that is missing or has other bytes."""
    lines = []
    for place in sorted(RECORDS.rglob("*.sha256")):
        expected, path = place.read_text("utf-8").rstrip("\n").split("  ", 1)
        if not Path(path).is_file():
            lines.append(f"{path}: missing")
        elif sha256_file(Path(path)) != expected:
            lines.append(f"{path}: damaged or edited")
    return lines


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.is_file():
        yield path


def _record_of(path: Path) -> Path:
    """Return where the record of a result lies."""
    within = RECORDS / path.relative_to(RESULTS)
    return within.with_name(f"{within.name}.sha256")


def _recorded(path: Path) -> str | None:
    if not path.is_relative_to(RESULTS) or not _record_of(path).is_file():
        return None
    return _record_of(path).read_text("utf-8").split("  ", 1)[0]


def main() -> None:
    lines = damaged_files()
    whole = f"{len(list(RECORDS.rglob('*.sha256')))} recorded files, all as they were made"
    print("\n".join(lines) if lines else whole)
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
