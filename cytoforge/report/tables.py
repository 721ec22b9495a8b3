"""The tables of the page as CSV files: what a reader sees is what a spreadsheet gets.

They are read from the page itself, so that no table of it can be without its file.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from cytoforge.jobs.csv_file import write_csv


@dataclass
class Cell:
    """One cell: its text, the number behind it, and its small print (an interval, a remark)."""

    text: str = ""
    exact: str = ""
    small: str = ""

    @property
    def value(self) -> str:
        """The number in full where there is one, else the text."""
        return self.exact if re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", self.exact) else self.text


@dataclass
class Table:
    """A table: its caption and rows, the first of which is the head."""

    caption: str = ""
    rows: list[list[Cell]] = field(default_factory=list)


class TableReader(HTMLParser):
    """Collects the tables of a page.

    >>> reader = TableReader()
    >>> reader.feed("<table><caption>Of x</caption><tr><th>a</th></tr><tr>"
    ...             "<td data-sort='0.12345'>0.123<small>0.1 to 0.2</small></td></tr></table>")
    >>> [[(cell.value, cell.small) for cell in row] for row in reader.tables[0].rows]
    [[('a', '')], [('0.12345', '0.1 to 0.2')]]
    """

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._inside: list[str] = []
        self._cell = Cell()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, row or cell."""
        if tag == "table":
            self.tables.append(Table())
        elif tag == "tr":
            self.tables[-1].rows.append([])
        elif tag in ("td", "th"):
            told = dict(attrs)
            span = int(told.get("colspan") or 1)
            row = self.tables[-1].rows[-1]
            self._cell = Cell(exact=told.get("data-sort") or "")
            row += [self._cell, *(Cell() for _ in range(span - 1))]
        if tag in ("caption", "td", "th", "small", "style", "script"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End what is written to."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Add text to the caption or cell."""
        if not self._inside:
            return
        text = " ".join(data.split())
        if self._inside[-1] == "caption":
            self.tables[-1].caption += text
        elif "td" in self._inside or "th" in self._inside:
            cell = self._cell
            if self._inside[-1] == "small":
                cell.small = " ".join(filter(None, (cell.small, text)))
            else:
                cell.text = " ".join(filter(None, (cell.text, text)))


def write_tables(page: str, folder: Path) -> list[Path]:
    """Write every table of a page that has a caption into a folder, named by its caption.

    Numbers are written in full; small print, as an interval, has a column of its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reader = TableReader()
    reader.feed(page)
    written = []
    for table in reader.tables:
        if table.caption:
            name = re.sub(r"[^A-Za-z0-9]+", "_", table.caption).strip("_").lower()
            head, *rows = table.rows
            written.append(folder / f"{name}.csv")
            write_csv(written[-1], *_with_small_print(head, rows))
    return written


def _with_small_print(
    head: list[Cell], rows: list[list[Cell]]
) -> tuple[list[str], list[list[str]]]:
    small = [any(len(row) > k and row[k].small for row in rows) for k in range(len(head))]
    columns: list[str] = []
    for cell, has_small in zip(head, small, strict=True):
        name = " ".join(filter(None, (cell.text, f"({cell.small})" if cell.small else "")))
        columns += [name, f"{name}: interval or remark"] if has_small else [name]
    lines = []
    for row in rows:
        line: list[str] = []
        for cell, has_small in zip(row, small, strict=False):
            line += [cell.value, cell.small] if has_small else [cell.value]
        lines.append(line)
    return columns, lines
