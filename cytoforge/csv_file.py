"""Tables that one step writes and another reads: CSV with known columns, whole or not at all."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cytoforge.atomic import write_text
from cytoforge.errors import UserError


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows in their given order, the same bytes on every system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


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
            yield reader.line_num, row
