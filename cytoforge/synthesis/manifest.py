"""The table beside synthetic fields: a row a field, its files, their checksums, their pedigree."""

import csv
from collections.abc import Sequence
from pathlib import Path

from cytoforge.jobs.csv_file import plain_row, write_csv


def write_manifest(folder: str | Path, rows: Sequence[dict[str, str]]) -> None:
    """Write the rows; `image` and `labels` in them are relative to `folder`."""
    write_csv(Path(folder) / "manifest.csv", list(rows[0]), (row.values() for row in rows))


def synthetic_images(manifest: str | Path) -> dict[str, Path]:
    """Return where each field's image lies, by the field's name."""
    folder = Path(manifest).parent
    with Path(manifest).open(encoding="utf-8", newline="") as file:
        rows = [plain_row(row) for row in csv.DictReader(file)]
    return {row["name"]: folder / row["image"] for row in rows}
