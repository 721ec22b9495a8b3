"""Readers for which a missing file is nothing to show: what reports and comparisons are made of."""

import csv
import json
from pathlib import Path
from typing import Any

from cytoforge.jobs.csv_file import plain_row


def read_json(path: Path) -> Any:
    """Return a JSON file's content, or None where there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def read_rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Return a table's rows as text by column, none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [plain_row(row) for row in csv.DictReader(file, delimiter=delimiter)]


def real(cell: str | None) -> float | None:
    """Return a cell's number, or None for an empty, absent or undefined one.

    >>> real("0.5"), real(""), real("nan"), real(None)
    (0.5, None, None, None)
    """
    if cell in (None, "", "nan", "None"):
        return None
    return float(str(cell))
