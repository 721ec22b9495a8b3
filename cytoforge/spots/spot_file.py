"""Spots as tables: the truth beside an image, and what any program has found in it."""

import csv
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.jobs.text_file import read_user_text
from cytoforge.jobs.user_path import entries
from cytoforge.spots.positions import Spots

COLUMNS = ("x", "y", "z", "photons", "cell")
PLACES = 4  # of a pixel, and of a photon

# Names of the columns of x and y: ours, napari's (as Spotiflow and big-FISH write) of stacks and of
# planes, TrackMate's.
NAMES = (
    ("x", "y"),
    ("axis-2", "axis-1"),
    ("axis-1", "axis-0"),
    ("position_x", "position_y"),
)
_BRIGHTNESS = ("photons", "intensity", "prob", "probability", "quality")
_SEPARATORS = ",;\t"
# TrackMate writes three more lines of names and units below the header.
_MOST_HEADERS = 3
_LENGTHS = ("micron", "µm", "um", "mm", "nm", "inch")


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
        of the first pixel at (0, 0); if there, photons, intensity, prob or quality; between cells
        commas, semicolons or tabs
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
    lines = read_user_text(path, "a table of found spots", "write it again").splitlines()
    separator = max(_SEPARATORS, key=lines[0].count) if lines else ","
    reader = csv.reader(lines, delimiter=separator)
    heads = [name.strip().lower() for name in next(reader, [])]
    pair = next((both for both in NAMES if set(both) <= set(heads)), None)
    if pair is None:
        raise UserError(
            where=str(path),
            expected="columns x and y (or axis-1 and axis-0, POSITION_X and POSITION_Y), in px",
            found=", ".join(heads) or "an empty file",
            fix="rename the columns",
        )
    bright = next((name for name in _BRIGHTNESS if name in heads), None)
    places = [heads.index(name) for name in (pair[1], pair[0], bright) if name]
    rows: list[list[float]] = []
    for number, cells in enumerate(reader, 2):
        wanted = [cells[place].strip() if place < len(cells) else "" for place in places]
        header = not rows and pair == NAMES[-1] and number <= 1 + _MOST_HEADERS
        if header and not any(map(_is_number, wanted)):
            _check_unit(path, wanted[:2])
        elif any(cells):
            rows.append(_numbers(path, number, wanted))
    values = np.array(rows, np.float64).reshape(-1, len(places))
    return values[:, :2], values[:, 2] if bright else np.ones(len(values))


def _numbers(path: Path, line: int, cells: Sequence[str]) -> list[float]:
    """Return the numbers of a row; UserError names the cell that is no finite one."""
    for cell in cells:
        if not _is_number(cell) or not isfinite(float(cell)):
            fix = "correct the table, or leave out what has no place"
            raise UserError(f"{path}, line {line}", "finite numbers", repr(cell), fix)
    return [float(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _check_unit(path: Path, cells: Sequence[str]) -> None:
    if any(unit in cell.lower() for cell in cells for unit in _LENGTHS):
        found = f"positions {' and '.join(cells)}"
        raise UserError(str(path), "positions in px", found, "divide them by the size of a pixel")
