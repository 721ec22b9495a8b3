"""Column `planes` of samples.tsv: which images a stack makes."""

import re
from itertools import product

from cytoforge.errors import UserError
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.limits import MAX_PLANES
from cytoforge.images.slice_names import volume_planes


def row_planes(
    cell: str, file: str, problems: list[str], of_volumes: str = "axial"
) -> list[dict[str, int]]:
    """Return the planes that a cell asks for, counted from 1; none for an empty cell, of volumes
    all.

    Parameters
    ----------
    cell : empty, `all`, or counts such as `z=5` or `t=20,z=5`; of volumes see `volume_planes`
    file : the stack; opened, header only, for `all`
    problems : what is wrong is added here
    of_volumes : which slices of a volume are taken where the cell does not say
    """
    if is_any_volume(file):
        return volume_planes(cell, file, of_volumes, problems)
    if not cell:
        return []
    if cell == "all":
        return _all_planes(_counts_of_file(file, problems))
    counts = _counts_of_text(cell)
    if counts is None:
        problems.append(f"planes {cell!r} is not `all` or counts such as `z=5` or `t=20,z=5`")
        return []
    return _all_planes(counts)


def _counts_of_text(cell: str) -> dict[str, int] | None:
    parts = [re.fullmatch(r"([tz])=([1-9]\d{0,8})", part.strip()) for part in cell.split(",")]
    if any(part is None for part in parts):
        return None
    counts = {part[1]: int(part[2]) for part in parts if part}
    total = 1
    for count in counts.values():
        total *= count
    return counts if len(counts) == len(parts) and total <= MAX_PLANES else None


def _counts_of_file(file: str, problems: list[str]) -> dict[str, int]:
    # tifffile and NumPy load here only: a dry run without `planes: all` does not pay for them.
    from cytoforge.images.read import stack_planes

    try:
        return stack_planes(file)
    except UserError as error:
        # A missing file is reported where the cell is read.
        if error.found != "no such file":
            problems.append(f"planes of {file}: {error.found}")
        return {}


def _all_planes(counts: dict[str, int]) -> list[dict[str, int]]:
    axes = [axis for axis in "tz" if axis in counts]
    ranges = [range(1, counts[axis] + 1) for axis in axes]
    return [dict(zip(axes, indices, strict=True)) for indices in product(*ranges)] if axes else []
