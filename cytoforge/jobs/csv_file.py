"""Tables that one step writes and another reads: CSV with known columns, whole or not at all."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_text

# A spreadsheet runs cells that begin like this as formulas: =HYPERLINK(…) or +cmd|….
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|-inf|-nan")


def as_text(cell: object) -> object:
    """Return the cell, with ' before text that a spreadsheet would run; numbers stay numbers.

    >>> as_text("=1+1"), as_text("+EGF"), as_text("-2.5"), as_text(-2.5)
    ("'=1+1", "'+EGF", '-2.5', -2.5)
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def from_text(cell: str) -> str:
    """Undo `as_text`.

    >>> from_text("'=1+1"), from_text("5' end")
    ('=1+1', "5' end")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def plain_row(row: dict[str, str]) -> dict[str, str]:
    """Return a row of csv.DictReader as it was given to `write_csv`."""
    # A row cut short has None, one too long a list: their readers say so.
    return {key: from_text(cell) if isinstance(cell, str) else cell for key, cell in row.items()}


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows in their given order, the same bytes on every system.

    Text that a spreadsheet would run as a formula is marked as text; `read_csv` takes it back.
    """
    write_text(path, csv_text(columns, rows))


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return what `write_csv` writes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(as_text, row) for row in rows)
    return text.getvalue()


def read_csv(
    path: str | Path, columns: Sequence[str], fix: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and row of a file of `write_csv`.

    Raises UserError, with `fix` as what to do, when the header is another.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != list(columns):
            found = ",".join(reader.fieldnames or ()) or "an empty file"
            raise UserError(str(path), f"columns {','.join(columns)}", found, fix)
        for row in reader:
            yield reader.line_num, plain_row(row)
