"""Read a tab-separated table and say everything that is wrong with its form."""

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cytoforge.errors import UserError

MAX_BYTES = 100_000_000


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
        raise UserError(
            str(path),
            "a header line and one row per image",
            "an empty file",
            "see config/README.md",
        )
    header, *body = lines
    columns = header[1]
    problems = _header_problems(columns, path)
    rows = []
    for line, cells in body:
        if len(cells) > len(columns):
            problems.append(f"line {line}: {len(cells)} cells, but the header has {len(columns)}")
        # Spreadsheets drop empty cells at the end of a line, so short rows are filled up.
        cells += [""] * (len(columns) - len(cells))
        row = Row(line, dict(zip(columns, cells, strict=False)))
        problems += [f"line {line}: {text}" for text in _control_characters(row.cells)]
        rows.append(row)
    if not rows:
        problems.append("no row below the header")
    return Table(tuple(columns), tuple(rows), tuple(problems))


def _numbered_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line number, stripped cells) of every line that holds something."""
    try:
        # utf-8-sig: Excel puts a byte-order mark before the first column's name.
        _check_file(path)
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
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise UserError(
            f"{path}, line {reader.line_num}", "cells of a table", str(error), "fix this line"
        ) from error
    return [(n, cells) for n, cells in lines if any(cells) and not cells[0].startswith("#")]


def _check_file(path: Path) -> None:
    """Refuse what reading would not end with: devices, pipes, and files no table is as large as."""
    if path.exists() and not path.is_file():
        raise UserError(str(path), "a table of images", "a folder or a device", "name a file")
    if path.stat().st_size > MAX_BYTES:
        raise UserError(
            str(path),
            f"a table of images, at most {MAX_BYTES // 10**6} MB",
            f"{path.stat().st_size // 10**6:,} MB",
            "is it the right file? Millions of images need several runs",
        )


def _control_characters(cells: dict[str, str]) -> list[str]:
    """Name the cells whose text would move a terminal's cursor or split a line of a log."""
    return [
        f"column `{column}`: {cell!r} has a control character"
        for column, cell in cells.items()
        if any(unicodedata.category(character) == "Cc" for character in cell)
    ]


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
