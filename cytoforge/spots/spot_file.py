"""Spots as tables: the truth beside an image, and what any program has found in it."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.jobs.user_path import entries
from cytoforge.spots.positions import Spots

COLUMNS = ("x", "y", "z", "photons", "cell")
PLACES = 4  # of a pixel, and of a photon

# Names of the columns of x and y: ours, napari's (as Spotiflow and big-FISH write), TrackMate's.
NAMES = (("x", "y"), ("axis-1", "axis-0"), ("position_x", "position_y"))
_BRIGHTNESS = ("photons", "intensity", "prob", "probability", "quality")


def write_spots(path: str | Path, spots: Spots) -> None:
    """Write the truth of an image, one row per spot: `COLUMNS`, x and y in px, z in µm."""
    numbers = np.stack([spots.x, spots.y, spots.z, spots.photons], -1).round(PLACES)
    rows = ([*row, int(cell)] for row, cell in zip(numbers.tolist(), spots.cell, strict=True))
    write_csv(path, COLUMNS, rows)


def read_spots(path: str | Path) -> Spots:
    """Read a file of `write_spots`."""
    rows = [row for _, row in read_csv(path, COLUMNS, "delete it and run again")]
    values = np.array([[float(row[key]) for key in COLUMNS] for row in rows]).reshape(-1, 5)
    x, y, z, photons, cell = values.T
    return Spots(x, y, z, photons, cell.astype(np.int32))


def read_detections(folder: str, images: Mapping[str, Path]) -> dict[str, tuple[np.ndarray, ...]]:
    """Return what another program found: row and column (n, 2), and how bright or sure it is of
    each (n,), by image.

    Parameters
    ----------
    folder : with `{image}.csv` per image; columns x and y, or those of `NAMES`, in px, the middle
        of the first pixel at (0, 0); if there, photons, intensity, prob or quality
    images : by name; an image without a file would be one in which nothing was found

    Raises
    ------
    UserError : an image has no file, a file no such columns, or a cell no number
    """
    files = {path.stem: path for path in entries(folder, "detections") if path.suffix == ".csv"}
    missing = sorted(images.keys() - files.keys())
    if missing:
        raise UserError(
            where=f"detections: {folder}",
            expected="a table {image}.csv for every image, empty but for its head where nothing"
            " was found",
            found=f"none for {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}",
            fix="let the program write them, or leave the folder out",
        )
    return {name: _read(files[name]) for name in images}


def _read(path: Path) -> tuple[np.ndarray, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        heads = {name.strip().lower(): name for name in reader.fieldnames or ()}
        pair = next((both for both in NAMES if set(both) <= heads.keys()), None)
        if pair is None:
            raise UserError(
                where=str(path),
                expected="columns x and y (or axis-1 and axis-0, POSITION_X and POSITION_Y), in px",
                found=", ".join(reader.fieldnames or ()) or "an empty file",
                fix="rename the columns",
            )
        bright = next((name for name in _BRIGHTNESS if name in heads), None)
        wanted = [heads[pair[1]], heads[pair[0]], *([heads[bright]] if bright else [])]
        try:
            rows = [[float(row[name]) for name in wanted] for row in reader]
        except (TypeError, ValueError) as error:
            line = f"line {reader.line_num}: {error}"
            raise UserError(str(path), "numbers", line, "correct the table") from error
    values = np.array(rows, np.float64).reshape(-1, len(wanted))
    return values[:, :2], values[:, 2] if bright else np.ones(len(values))
