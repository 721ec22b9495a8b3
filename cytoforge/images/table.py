"""Read a table that the user wrote and say everything that is wrong with its form."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cytoforge.config.base import is_alike
from cytoforge.errors import UserError
from cytoforge.jobs.text_file import lines_of, read_user_text

# What may stand between cells; spaces are what the others are mistaken for in an editor.
SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "spaces"}
NO_ROWS = "no row below the header"


@dataclass(frozen=True)
class Purpose:
    """What a table is for.

    Attributes
    ----------
    what, rows : its name and its lines', for messages
    column : of the header; other columns may be called as anybody likes
    fix : what to do where there is no such table
    comments : whether a line that starts with `#` is one; in some tables a colour does
    """

    what: str
    rows: str
    column: str
    fix: str
    comments: bool = True


IMAGES = Purpose(
    "a table of images",
    "one row per image",
    "image",
    "write one (config/README.md) or set `samples` in the config",
)


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
    """Header, rows and the problems of form found on the way; notices stop nothing."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[str, ...]
    notices: tuple[str, ...] = ()


def read_table(path: str | Path, purpose: Purpose = IMAGES) -> Table:
    """Read a table in UTF-8, or in UTF-16 that says so: tabs between cells (commas where the name
    ends in `.csv`), or what else divides its header.

    Empty lines and, if the purpose has comments, lines that start with `#` are skipped. A cell in
    quotes may hold a separator, but no line break: a quotation mark that is never closed would take
    in all rows below it.

    Raises
    ------
    UserError : no such file, another encoding, no header, or a line that cannot be divided
    """
    path = Path(path)
    lines = _lines_with_text(read_user_text(path, purpose.what, purpose.fix), purpose.comments)
    usual = "," if path.suffix.lower() == ".csv" else "\t"
    stated = re.fullmatch(r"sep=([\t,;])", lines[0][1].strip()) if lines else None  # by Excel
    lines = lines[1:] if stated else lines
    if not lines:
        expected = f"a header line and {purpose.rows}"
        raise UserError(str(path), expected, "an empty file", "see config/README.md")
    separator = stated[1] if stated else _separator(lines[0][1], usual, purpose.column)
    (_, columns), *body = _without_empty_ends(
        [(n, _cells(path, n, line, separator)) for n, line in lines]
    )
    problems = _header_problems(columns, usual)
    rows = []
    for line, cells in body:
        problems += _row_problems(line, cells, columns, separator)
        # Spreadsheets drop empty cells at the end of a line, so short rows are filled up.
        cells += [""] * (len(columns) - len(cells))
        row = Row(line, dict(zip(columns, cells, strict=False)))
        problems += [f"line {line}: {text}" for text in _control_characters(row.cells)]
        rows.append(row)
    if not rows:
        problems.append(NO_ROWS)
    named = SEPARATORS[separator]
    odd = separator != usual and not stated
    notices = [f"columns are separated by {named}, not {SEPARATORS[usual]}; read so"] if odd else []
    return Table(tuple(columns), tuple(rows), tuple(problems), tuple(notices))


def _without_empty_ends(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Return the cells without columns at the end that are empty in every line, the header's too.

    Spreadsheets write them where something once stood.
    """
    filled = [next((k for k in range(len(c), 0, -1) if c[k - 1]), 0) for _, c in lines]
    columns = max(filled)
    return [(number, cells[:columns]) for number, cells in lines]


def _lines_with_text(text: str, comments: bool) -> list[tuple[int, str]]:
    """Return (line number, text) of every line that is neither empty nor a comment."""
    lines = enumerate(lines_of(text), 1)
    return [
        (n, line)
        for n, line in lines
        if line.strip(" \t,;") and not (comments and line.lstrip().startswith("#"))
    ]


def _separator(header: str, usual: str, column: str) -> str:
    """Return what divides the header: as usual, else what leaves the column that must be there, or
    one that is almost called like it."""
    if usual in header:
        return usual
    divided = {
        separator: [cell.strip(' "').casefold() for cell in header.split(separator)]
        for separator in SEPARATORS
        if separator in header.strip()
    }
    found = [separator for separator, cells in divided.items() if column in cells]
    alike = [s for s, cells in divided.items() if any(is_alike(cell, column) for cell in cells)]
    return next(iter([*found, *alike]), usual)


def _cells(path: Path, number: int, line: str, separator: str) -> list[str]:
    """Divide a line; each by itself, so that no quotation mark reaches into the next."""
    if separator == " ":
        return line.split()
    try:
        (cells,) = csv.reader([line], delimiter=separator, strict=True)
    except csv.Error as error:
        found = str(error)
        if "unexpected end" in found:
            found = 'a quotation mark " that opens a cell and is never closed in its line'
        elif "expected after" in found:
            found = 'text behind the quotation mark " that closes a cell'
        fix = 'fix this line; within a cell in quotes "" stands for one quotation mark'
        raise UserError(f"{path}, line {number}", "cells of a table", found, fix) from error
    return [cell.strip() for cell in cells]


def _row_problems(line: int, cells: list[str], columns: list[str], separator: str) -> list[str]:
    """Name a row that its separators divide into other cells than the header has."""
    if len(cells) > len(columns):
        text = f"line {line}: {len(cells)} cells, but the header has {len(columns)}"
        return [text + "; with spaces between columns no cell can hold one" * (separator == " ")]
    if len(cells) == 1 < len(columns) and re.search(r"[ ,;\t]", cells[0]):
        return [
            f"line {line}: one cell {cells[0]!r}, but the header has {len(columns)} columns,"
            f" separated by {SEPARATORS[separator]}"
        ]
    return []


def _control_characters(cells: dict[str, str]) -> list[str]:
    """Name the cells whose text would move a terminal's cursor or split a line of a log."""
    return [
        f"column `{column}`: {cell!r} has a control character"
        for column, cell in cells.items()
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in cell)
    ]


def _header_problems(columns: list[str], usual: str) -> list[str]:
    problems = []
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            problems.append(f"header: column `{column}` occurs {columns.count(column)} times")
    if len(columns) == 1 and any(mark in columns[0] for mark in ",; \t"):
        problems.append(
            f"header: one column `{columns[0]}`; cells must be separated by {SEPARATORS[usual]}"
        )
    return problems
