"""Read a tab-separated table and say everything that is wrong with its form."""

import csv
from dataclasses import dataclass
from pathlib import Path

from cytoforge.errors import UserError


@dataclass(frozen=True)
class Row:
    """One row; `line` is its line number in the file, `cells` its text by column, stripped."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """Return the cell, or an empty string where the table has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """Header, rows and the problems of form found on the way."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[str, ...]


def read_table(path: str | Path) -> Table:
    """Read a UTF-8 table: tabs between cells (commas where the name ends in `.csv`).

    Empty lines and lines that start with `#` are skipped.

    Raises
    ------
    UserError : no such file, not UTF-8 text, or no header
    """
    path = Path(path)
    lines = _numbered_lines(path)
    if not lines:
        raise UserError(str(path), "a header line and a row an image", "an empty file")
    header, *body = lines
    columns = header[1]
    problems = _header_problems(columns, path)
    rows = []
    for line, cells in body:
        if len(cells) > len(columns):
            problems.append(f"line {line}: {len(cells)} cells, but the header has {len(columns)}")
        # Spreadsheets drop empty cells at the end of a line, so short rows are filled up.
        cells += [""] * (len(columns) - len(cells))
        rows.append(Row(line, dict(zip(columns, cells, strict=False))))
    if not rows:
        problems.append("no row below the header")
    return Table(tuple(columns), tuple(rows), tuple(problems))


def _numbered_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line number, stripped cells) of every line that holds something."""
    try:
        # utf-8-sig: Excel puts a byte-order mark before the first column's name.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            str(path),
            "a table of images",
            error.strerror or str(error),
            "write one (config/README.md) or set `samples` in the config",
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            str(path), "UTF-8 text", f"other bytes at {error.start}", "save it as UTF-8"
        ) from error
    reader = csv.reader(text.splitlines(), delimiter="," if path.suffix == ".csv" else "\t")
    lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    return [(n, cells) for n, cells in lines if any(cells) and not cells[0].startswith("#")]


def _header_problems(columns: list[str], path: Path) -> list[str]:
    problems = []
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            problems.append(f"header: column `{column}` occurs {columns.count(column)} times")
    if len(columns) == 1 and any(mark in columns[0] for mark in ",; "):
        problems.append(
            f"header: one column `{columns[0]}`; cells must be separated by"
            f" {'commas' if path.suffix == '.csv' else 'tabs'}"
        )
    return problems
