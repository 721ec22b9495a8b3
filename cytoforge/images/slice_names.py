"""Column `planes` for volumes: which slices become images, known from the header alone."""

import re

from cytoforge.config.base import nearest
from cytoforge.errors import UserError
from cytoforge.images.any_volume import grid_of_any
from cytoforge.images.volume_grid import PLANES

_PART = re.compile(r"([xyz])=([1-9]\d{0,5})(?:-([1-9]\d{0,5}))?(?:/([1-9]\d{0,3}))?")
_WORDS = "axial, coronal, sagittal, or e.g. `z=20`, `z=11-80` and `z=11-80/2`"


def volume_planes(cell: str, file: str, plane: str, problems: list[str]) -> list[dict[str, int]]:
    """Return the slices that a cell asks for, counted from 1; those of `plane` for an empty one.

    Parameters
    ----------
    cell : empty or `all`, the name of a plane, the first slices (`z=20`), a range (`z=11-80`),
        every second of it (`z=11-80/2`); x counts from the left, y from the back, z from below
    plane : `images.volumes.plane`
    problems : what is wrong is added here
    """
    match = _PART.fullmatch(cell.replace(" ", ""))
    named = plane if cell in ("", "all") else cell
    if match is None and named not in PLANES:
        problems.append(f"planes {cell!r} is none of {_WORDS}{nearest(cell, PLANES)}")
        return []
    axis = match[1] if match else PLANES[named]
    try:
        count = grid_of_any(file).count(axis)
    except UserError as error:
        if error.found != "no such file":  # which is said where the cell is read
            problems.append(f"{file}: {error.expected} expected, found {error.found}; {error.fix}")
        return []
    if match is None:
        return [{axis: number} for number in range(1, count + 1)]
    first, last = (1, int(match[2])) if match[3] is None else (int(match[2]), int(match[3]))
    if last > count or first > last:
        problems.append(f"planes {cell!r}: {file} has slices 1 to {count} along {axis}")
        return []
    return [{axis: number} for number in range(first, last + 1, int(match[4] or 1))]
