"""Point labels as text: lines `x y class` in pixels of a tile, as EndoNuke has them."""

import math
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.jobs.text_file import lines_of, read_user_text
from cytoforge.references.points import Points

# By the code in the files. Of 215,758 bulk points that were counted by such names 175,384 were
# stroma, 38,574 epithelium and 1,800 other: no other order fits endometrium.
CLASSES = ("stroma", "epithelium", "other")


def read_point_labels(path: Path, side_px: int, pixel_um: float, problems: list[str]) -> Points:
    """Return the points of a file in micrometres; an empty file has none.

    What is wrong with its lines is added to `problems`. Coordinates are not rounded: x from the
    left edge, y from the upper one, both 0 to `side_px`.
    """
    try:
        lines = lines_of(read_user_text(path, "a text of points", "download it again"))
    except UserError as error:
        problems.append(f"{error.where}: {error.found}")
        lines = []
    xy: list[tuple[float, float]] = []
    classes: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        point = _point(line)
        if point is None:
            problems.append(f"{path}, line {number}: {line[:40]!r} is no `x y class`")
            continue
        x, y, code = point
        if not (0 <= x <= side_px and 0 <= y <= side_px):
            problems.append(
                f"{path}, line {number}: ({x:g}, {y:g}) lies beside {side_px} × {side_px} px"
            )
        xy.append((x * pixel_um, y * pixel_um))
        classes.append(CLASSES[code])
    return Points(np.array(xy, np.float64).reshape(-1, 2), tuple(classes))


def _point(line: str) -> tuple[float, float, int] | None:
    """Return x, y and the code of the class.

    >>> _point("12 80.5 1"), _point("12 80"), _point("1 2 7"), _point("nan 2 0")
    ((12.0, 80.5, 1), None, None, None)
    """
    try:
        x, y, code = (float(cell) for cell in line.split())
    except ValueError:
        return None
    if not (math.isfinite(x) and math.isfinite(y) and code in range(len(CLASSES))):
        return None
    return x, y, int(code)
