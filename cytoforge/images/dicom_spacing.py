"""How the slices of a DICOM series lie behind each other: straight, and as far apart everywhere.

Slices that are not evenly apart are no grid. Where that is accepted an even stack is made of them,
as far apart as they are in the median; each of its slices is the nearest one of the series, so that
grey values and labels stay what they were.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from cytoforge.errors import UserError, shown
from cytoforge.images.dicom_tags import Slice
from cytoforge.images.stated_header import Vector

# Of the distance of slices: scanners round their places to a hundredth of a millimetre.
_UNEVEN = 0.02
_SAME_PLACE_MM = 1e-3


def in_order(slices: Sequence[Slice]) -> list[Slice]:
    """Return slices of one direction from the first place to the last, along their normal."""
    normal = slices[0].normal
    return sorted(slices, key=lambda one: _along(normal, one.position))


def check_straight(path: str, slices: Sequence[Slice]) -> None:
    """Raise UserError for slices in their order that lie twice, or are shifted sideways."""
    normal, usual = slices[0].normal, spacing(slices)
    for one, other in pairwise(slices):
        between = f"between {name_of(one)} and {name_of(other)}"
        step = _along(normal, other.position) - _along(normal, one.position)
        if step < _SAME_PLACE_MM:
            what = f"two slices at one place, {name_of(one)} and {name_of(other)}"
            raise refused(path, what, "keep one time, echo or reconstruction in a folder")
        shift = [
            b - a - step * n for a, b, n in zip(one.position, other.position, normal, strict=True)
        ]
        if max(map(abs, shift)) > _UNEVEN * usual:
            what = f"slices shifted sideways {between} (a tilted gantry)"
            raise refused(path, what, "resample it to slices that lie straight behind each other")


def spacing(slices: Sequence[Slice]) -> float:
    """Return how far slices in their order are apart in the median, in mm; the thickness of one."""
    return median(_steps(slices)) if len(slices) > 1 else slices[0].thickness


def uneven(slices: Sequence[Slice]) -> str:
    """Return where slices in their order are not as far apart as elsewhere, in words; "" for none.

    Of several places the first one.
    """
    usual = spacing(slices)
    for step, one, other in zip(_steps(slices), slices, slices[1:], strict=False):
        if abs(step - usual) <= _UNEVEN * usual:
            continue
        between = f"between {name_of(one)} and {name_of(other)}"
        missing = round(step / usual) - 1
        if missing > 0 and abs(step - (missing + 1) * usual) <= _UNEVEN * usual:
            return f"{missing} slices missing {between}; copy them too"
        return f"uneven slices: {step:.3f} mm {between}, else {usual:.3f} mm; resample it"
    return ""


def even_stack(slices: Sequence[Slice]) -> list[Slice]:
    """Return a stack of slices evenly apart from the first place to the last: at each the nearest
    of the series, which are in their order; of two as near the first. An even series is itself."""
    if not uneven(slices):
        return list(slices)
    normal, usual = slices[0].normal, spacing(slices)
    places = [_along(normal, one.position) for one in slices]
    count = round((places[-1] - places[0]) / usual) + 1
    wanted = (places[0] + number * usual for number in range(count))
    return [slices[min(range(len(places)), key=lambda k: abs(places[k] - at))] for at in wanted]


def name_of(one: Slice) -> str:
    """Return the name of a slice's file, for messages."""
    return shown(Path(one.file).name)


def refused(path: str, found: str, fix: str) -> UserError:
    """Return what is said of a folder that is no volume."""
    return UserError(path, "a folder with one DICOM series, a slice per file", found, fix)


def _steps(slices: Sequence[Slice]) -> list[float]:
    normal = slices[0].normal
    return [b - a for a, b in pairwise(_along(normal, one.position) for one in slices)]


def _along(normal: Vector, position: Vector) -> float:
    return sum(a * b for a, b in zip(normal, position, strict=True))
