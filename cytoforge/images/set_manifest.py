"""The table beside the images of a set: one row per image, its files, checksums and provenance."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cytoforge.jobs.csv_file import plain_row, write_csv

NAME = "manifest.csv"


def write_manifest(folder: str | Path, rows: Sequence[dict[str, str]]) -> None:
    """Write manifest.csv; `image` and `labels` in the rows are relative to `folder`.

    Every row has a `name`, unique in the set, and a `source`: the image of samples.tsv that it was
    made from, or "" where there is none.
    """
    write_csv(Path(folder) / NAME, list(rows[0]), (row.values() for row in rows))


def read_manifest(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of manifest.csv, their files' paths joined to its folder."""
    path = Path(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [plain_row(row) for row in csv.DictReader(file)]
    for row in rows:
        row.update(
            {
                key: str(path.parent / row[key])
                for key in ("image", "labels", "spots")
                if row.get(key)
            }
        )
    return rows


def files_of_set(path: str | Path, kind: Literal["image", "labels"]) -> dict[str, Path]:
    """Return the images or the label maps of a set by their names, from its manifest.csv."""
    return {row["name"]: Path(row[kind]) for row in read_manifest(path)}
