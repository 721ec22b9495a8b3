"""Points as truth: where nuclei are, of data sets in which nobody has drawn their outlines.

A CSV file with one row per point, named in column `points` of samples.tsv:

    name,x_um,y_um,class
    tile_17,12.5,80.25,stroma

`name` is the image's, so one file may serve many images. Lengths are in micrometres from the upper
left corner of the image's first pixel, x to the right and y down, as outlines are in pixels: the
centre of a pixel lies half a pixel further than its index. Micrometres stay true where an image is
shown at another size. A header alone says that there is nothing in the image.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.config.base import nearest
from cytoforge.errors import UserError
from cytoforge.images.table import NO_ROWS, Purpose, Row, Table, read_table
from cytoforge.jobs.csv_file import write_csv

COLUMNS = ("name", "x_um", "y_um", "class")
MOST_PROBLEMS = 20
_PURPOSE = Purpose(
    "a table of points",
    "one row per point: " + ",".join(COLUMNS),
    "name",
    "write one, or empty the cell in column `points` of samples.tsv",
    comments=False,
)
# Micrometres were written as text: a point on the far edge may lie this part of a pixel beyond.
_ROUNDING = 0.01


@dataclass(frozen=True)
class Points:
    """Points of one image.

    Attributes
    ----------
    xy_um : float64 (n, 2), x and y in micrometres from the upper left corner of the first pixel
    classes : what each is, n names
    """

    xy_um: np.ndarray
    classes: tuple[str, ...]


def read_points(
    path: str | Path, name: str, shape: tuple[int, int], pixel_size_um: float, named_in: str
) -> Points:
    """Return an image's points, in the order of the file.

    Parameters
    ----------
    path : file of points, see the module's text
    name : of the image
    shape : of the image in pixels, (height, width)
    named_in : where the user wrote the path, for messages

    Raises
    ------
    UserError : no such file, another header, no row of this image among others', and, all at once,
        rows with no number, a number that is not finite, no class, or beside the image
    """
    table, where = read_table(path, _PURPOSE), f"{path} ({named_in})"
    _check_header(table, where)
    rows = [row for row in table.rows if row.get("name") == name]
    if table.rows and not rows:
        _refuse_others(table.rows, name, where)
    side_um = (shape[1] * pixel_size_um, shape[0] * pixel_size_um)
    slack = _ROUNDING * pixel_size_um
    problems = [text for text in table.problems if text != NO_ROWS]
    found = [_point(row, side_um, slack, problems) for row in rows]
    if problems:
        raise UserError(
            where,
            f"points in micrometres within the image, {side_um[0]:g} × {side_um[1]:g} µm",
            "\n    - ".join([_count(problems), *problems[:MOST_PROBLEMS]]),
            "correct these rows, or the pixel size of the image"
            f" ({pixel_size_um:g} µm) if all lie beside it",
        )
    xy_um = np.array(found, np.float64).reshape(-1, 2)
    return Points(xy_um, tuple(row.get("class") for row in rows))


def write_points(path: str | Path, name: str, points: Points) -> None:
    """Write an image's points; `read_points` gives the same numbers again."""
    rows: Iterable[Sequence[object]] = (
        (name, float(x), float(y), kind)
        for (x, y), kind in zip(points.xy_um, points.classes, strict=True)
    )
    write_csv(path, COLUMNS, rows)


def _check_header(table: Table, where: str) -> None:
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UserError(
            where,
            f"columns {','.join(COLUMNS)}",
            f"{','.join(table.columns)}: no {', '.join(missing)}"
            f"{nearest(missing[0], table.columns)}",
            "name the columns so; pixels times the pixel size are micrometres",
        )


def _refuse_others(rows: Sequence[Row], name: str, where: str) -> None:
    names = list(dict.fromkeys(row.get("name") for row in rows))
    shown = ", ".join(names[:4]) + ("" if len(names) <= 4 else f" and {len(names) - 4} more")
    raise UserError(
        where,
        f"rows of image {name}",
        f"{len(rows)} rows of {shown}{nearest(name, names)}",
        "correct the names; an image without a point has a file of its own with a header alone",
    )


def _point(
    row: Row, side_um: tuple[float, float], slack: float, problems: list[str]
) -> tuple[float, float]:
    """Return x and y of a row; what is wrong with it is added to `problems`."""
    values = []
    for column, side in zip(COLUMNS[1:3], side_um, strict=True):
        cell = row.get(column)
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            problems.append(f"line {row.line}: {column} {cell!r} is no number such as 12.5")
        elif not -slack <= value <= side + slack:
            problems.append(f"line {row.line}: {column} {cell} is not within 0 to {side:g}")
        values.append(value)
    if not row.get("class"):
        problems.append(f"line {row.line}: no class")
    return values[0], values[1]


def _count(problems: Sequence[str]) -> str:
    return f"{len(problems)} problem{'s' * (len(problems) > 1)}"
