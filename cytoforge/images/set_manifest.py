"""The table beside the images of a set: one row per image, its files, checksums and provenance."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cytoforge.jobs.csv_file import plain_row, write_csv

NAME = "manifest.csv"
FILES = ("image", "labels", "objects")


def write_manifest(folder: str | Path, rows: Sequence[dict[str, str]]) -> None:
    """Write manifest.csv; `image`, `labels` and `objects` in the rows are relative to `folder`.

    Every row has a `name`, unique in the set, and a `source`: the image of samples.tsv that it was
    made from, or "" where there is none. `objects` is a segmentation with the exact objects of a
    label map that was drawn; `map` names the label map that an image was made of.
    """
    write_csv(Path(folder) / NAME, list(rows[0]), (row.values() for row in rows))


def read_manifest(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of manifest.csv, their files' paths joined to its folder."""
    path = Path(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [plain_row(row) for row in csv.DictReader(file)]
    for row in rows:
        row.update({key: str(path.parent / row[key]) for key in FILES if row.get(key)})
    return rows


def files_of_set(path: str | Path, kind: Literal["image", "labels", "objects"]) -> dict[str, Path]:
    """Return the images, the label maps or the exact objects of a set by their names, from its
    manifest.csv; images without such a file are left out."""
    return {row["name"]: Path(row[kind]) for row in read_manifest(path) if row.get(kind)}


def objects_of_maps(path: str | Path, maps_of: str | Path) -> dict[str, Path]:
    """Return the exact objects of the images of a set by their names.

    path : manifest.csv of the set, whose rows name the map that each image was made of
    maps_of : manifest.csv of the set of these maps; it may be that of the set itself
    """
    objects = files_of_set(maps_of, "objects")
    maps = {row["name"]: row.get("map") or row["name"] for row in read_manifest(path)}
    return {name: objects[drawn] for name, drawn in maps.items() if drawn in objects}
