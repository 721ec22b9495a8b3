"""The regions as a CSV file, one row per region."""

from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.split.region import Region, split_named

COLUMNS = [field.name for field in fields(Region)]


def write_regions(path: str | Path, regions: Iterable[Region]) -> None:
    """Write regions in their given order: image,split,row0,col0,row1,col1,group."""
    write_csv(path, COLUMNS, map(astuple, regions))


def read_regions(path: str | Path) -> tuple[Region, ...]:
    """Read what `write_regions` wrote. Raises UserError naming the line that cannot be used."""
    rows = read_csv(path, COLUMNS, "delete the file and run again")
    return tuple(_region(path, line, row) for line, row in rows)


def _region(path: str | Path, line: int, row: dict[str, str]) -> Region:
    try:
        row0, col0, row1, col1 = (int(row[name]) for name in ("row0", "col0", "row1", "col1"))
        split = split_named(row["split"])
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{path}, line {line}",
            "a split and four whole pixel numbers",
            str(error),
            "delete the file and run again",
        ) from error
    return Region(row["image"], split, row0, col0, row1, col1, row["group"])
