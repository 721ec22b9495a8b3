"""What a downloaded data set becomes: rows of samples.tsv, and what to say of them."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cytoforge.config.data_sets import DataSet
from cytoforge.errors import UserError
from cytoforge.images.raw import RGB
from cytoforge.images.table import read_table
from cytoforge.jobs.atomic import write_text

# Columns that the workflow reads come first, as in the tables that people write.
FIRST = ("image", "path", "pixel_size_um", "split")


@dataclass(frozen=True)
class SampleRow:
    """One image.

    Attributes
    ----------
    name : unique in its data set, which it begins with
    path : the image's file; None where the columns have one per channel
    columns : further cells by column, in the order of the table
    """

    name: str
    path: Path | None
    columns: dict[str, str]

    @property
    def cells(self) -> dict[str, str]:
        """All cells by column; the path is whole, so the table is true in every folder."""
        path = {} if self.path is None else {"path": str(self.path.absolute())}
        return {"image": self.name, **path, **self.columns}


@dataclass
class Adopted:
    """A data set.

    Attributes
    ----------
    rows : of samples.tsv
    apart : rows of further tables by the ending of their name, e.g. `agreement`
    tables : text of further tables by the ending of their name, e.g. `agreement_f1.csv`
    notices : what a user should know, one sentence each
    channels : that the table's files have
    config : where it depends on the tree; None: that of `config.data_sets`
    """

    rows: list[SampleRow]
    apart: dict[str, list[SampleRow]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    channels: tuple[str, ...] = RGB
    config: DataSet | None = None


def refuse_table(table: Path) -> None:
    """Raise UserError where a table is there already, before anything is converted for it."""
    if table.exists():
        raise UserError(
            str(table),
            "no such file yet",
            "one",
            "choose another folder with --to, or give --add to add rows to this table",
        )


def write_rows(table: Path, rows: Sequence[SampleRow]) -> int:
    """Write rows as a table, in their order; return how many it has.

    Other rows of a table that is there stay, above these, and columns are those of both.
    """
    cells = [row.cells for row in rows]
    if table.exists():
        new = {row.name for row in rows}
        cells = [row for row in _rows_of(table) if row.get("image") not in new] + cells
    write_text(table, _text(cells))
    return len(cells)


def _rows_of(table: Path) -> Iterable[dict[str, str]]:
    found = read_table(table)
    if found.problems:
        raise UserError(
            str(table), "a table of images", found.problems[0], "correct it, or choose another --to"
        )
    return [row.cells for row in found.rows]


def _text(rows: Sequence[dict[str, str]]) -> str:
    named = dict.fromkeys(column for row in rows for column in row)
    columns = [column for column in FIRST if column in named]
    columns += [column for column in named if column not in FIRST]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()
