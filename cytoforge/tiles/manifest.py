"""The manifest of a tile data set: one row per tile, in the order of the arrays."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.split.region import Split, split_named


@dataclass(frozen=True)
class TileRow:
    """One tile: `row`, `col` is its top-left pixel in `image`.

    `gap_fraction` is the fraction of its pixels in the gap (label code 0), rounded to six places, 0
    in maps of the user's own classes; `sha256` is that of its image's bytes (raw values,
    little-endian, channel by channel).
    """

    name: str
    image: str
    row: int
    col: int
    split: Split
    group: str
    gap_fraction: float
    sha256: str


COLUMNS = [field.name for field in fields(TileRow)]
REMAKE = "delete the data set's folder and run again"


def tile_name(image: str, row: int, col: int) -> str:
    """Return the name of a tile.

    >>> tile_name("pos002", 0, 512)
    'pos002_r00000_c00512'
    """
    return f"{image}_r{row:05d}_c{col:05d}"


def write_manifest(path: str | Path, rows: Iterable[TileRow]) -> None:
    """Write rows in their given order."""
    write_csv(path, COLUMNS, map(astuple, rows))


def read_manifest(path: str | Path) -> list[TileRow]:
    """Read what `write_manifest` wrote. Raises UserError for missing columns or broken rows."""
    rows = read_csv(path, COLUMNS, REMAKE)
    return [_tile_row(path, line, row) for line, row in rows]


def _tile_row(path: str | Path, line: int, row: dict[str, str]) -> TileRow:
    try:
        return TileRow(
            name=row["name"],
            image=row["image"],
            row=int(row["row"]),
            col=int(row["col"]),
            split=split_named(row["split"]),
            group=row["group"],
            gap_fraction=float(row["gap_fraction"]),
            sha256=row["sha256"],
        )
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{path}, line {line}",
            "a tile's row",
            str(error),
            REMAKE,
        ) from error
