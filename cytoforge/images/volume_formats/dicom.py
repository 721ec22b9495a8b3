"""A folder with one DICOM series, a file per slice: what scanners and archives give.

Slices are ordered by where they lie, not by their names or numbers. Whatever would become a volume
that is none is refused by file: two series, slices that are missing, lie twice or are turned, and
pixels that are packed in a way that nobody has checked.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.dicom_tags import MARK, UNPACKED, Slice, read_slice_header
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.stated_header import LPS, Vector, stated_header
from cytoforge.jobs.user_path import look_at, shown

PACKAGE = "SimpleITK"
# Of the distance of slices: scanners round their places to a hundredth of a millimetre.
_UNEVEN = 0.02
# Of directions, cosines: 0.06 degrees.
_TURNED = 1e-3
_PLACE = 128  # bytes before the mark
_MOST_NAMED = 4


def claims(path: str) -> bool:
    """Return whether a path is a folder in which a DICOM file lies, or such a file by its name."""
    if path.lower().endswith((".dcm", ".ima")):
        return True
    place = look_at(path)
    return place.kind == "folder" and not place.trouble and any(_dicom_files(path, first=True))


def files_of(path: str) -> list[str]:
    """Return the DICOM files of a folder, by name."""
    return _dicom_files(path)


def read_header(path: str) -> NiftiHeader:
    """Return the header of a series; its third axis runs from slice to slice.

    Raises UserError for whatever is no single, evenly spaced stack of grey slices.
    """
    slices = ordered_slices(path)
    first, last = slices[0], slices[-1]
    step = first.normal
    if len(slices) > 1:
        count = len(slices) - 1
        x, y, z = ((b - a) / count for a, b in zip(first.position, last.position, strict=True))
        step = (x, y, z)
    else:
        step = _scaled(first.normal, first.thickness)
    down, across = first.spacing
    columns = [_scaled(first.along_row, across), _scaled(first.along_column, down), step]
    shape = (first.columns, first.rows, len(slices))
    return stated_header(shape, first.dtype, columns, first.position, LPS, path)


def read_voxels(path: str) -> np.ndarray:
    """Return the voxels (columns, rows, slices) with each slice's slope and intercept applied."""
    from cytoforge.images.itk_voxels import read_series

    return read_series(path, [one.file for one in ordered_slices(path)], read_header(path))


@lru_cache(maxsize=512)
def _slices_of(path: str, state: tuple[int, int]) -> tuple[Slice, ...]:
    """Return the slices of a folder; read once for each state of it."""
    return tuple(read_slice_header(file) for file in _dicom_files(path))


def ordered_slices(path: str) -> list[Slice]:
    """Return the slices of a series from the first place to the last, along their normal.

    Raises UserError with what was found that is no volume.
    """
    place = look_at(path)
    if place.kind == "file":
        raise _refused(path, "one DICOM file", "name the folder that holds its whole series")
    if place.kind != "folder":
        raise UserError(path, "a folder of DICOM files", "no such file", "correct the path")
    found = Path(path).stat()
    slices = list(_slices_of(path, (found.st_mtime_ns, found.st_ino)))
    if not slices:
        raise _refused(path, "no DICOM file", "correct the path")
    for check in (_one_series, _unpacked, _grey, _alike, _one_direction):
        check(path, slices)
    normal = slices[0].normal
    slices.sort(key=lambda one: _along(normal, one.position))
    _evenly_apart(path, slices)
    return slices


def _dicom_files(path: str, first: bool = False) -> list[str]:
    found = []
    for file in sorted(Path(path).iterdir()):
        if file.name.upper() == "DICOMDIR" or look_at(file).kind != "file":
            continue
        if _is_dicom(file):
            found.append(str(file))
            if first:
                break
    return found


def _is_dicom(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(_PLACE + len(MARK))[_PLACE:] == MARK
    except OSError:
        return False


def _one_series(path: str, slices: Sequence[Slice]) -> None:
    series: dict[str, list[Slice]] = defaultdict(list)
    for one in slices:
        series[one.series].append(one)
    if len(series) > 1:
        listed = [f"{len(of)} files such as {_name(of[0])}" for of in series.values()]
        what = f"{len(series)} series: " + "; ".join(listed[:_MOST_NAMED])
        raise _refused(path, what, "put each series into a folder of its own")


def _unpacked(path: str, slices: Sequence[Slice]) -> None:
    packed = [one for one in slices if one.syntax not in UNPACKED]
    if packed:
        what = f"{len(packed)} files with compressed pixels, {_name(packed[0])}: {packed[0].syntax}"
        raise _refused(path, what, "decompress the series (e.g. gdcmconv --raw)")


def _grey(path: str, slices: Sequence[Slice]) -> None:
    for one in slices:
        if one.samples != 1:
            what = f"colours, {one.samples} per pixel, in {_name(one)}"
            raise _refused(path, what, "export grey values")
        if one.frames != 1:
            what = f"{one.frames} frames in {_name(one)}"
            raise _refused(path, what, "export a file per slice, or NIfTI")


def _alike(path: str, slices: Sequence[Slice]) -> None:
    about: list[tuple[str, Callable[[Slice], object]]] = [
        ("sizes", lambda one: f"{one.rows} × {one.columns} px"),
        ("pixel lengths", lambda one: " × ".join(f"{v:.4f} mm" for v in one.spacing)),
    ]
    for what, of in about:
        found: dict[object, Slice] = {}
        for one in slices:
            found.setdefault(of(one), one)
        if len(found) > 1:
            listed = "; ".join(f"{value} in {_name(one)}" for value, one in found.items())
            raise _refused(path, f"several {what}: {listed}", "take out what is no slice of it")


def _one_direction(path: str, slices: Sequence[Slice]) -> None:
    first = slices[0]
    for one in slices:
        if one.along_row == (0.0, 0.0, 0.0):
            raise _refused(path, f"no place in space in {_name(one)}", "export it with its place")
        apart = max(
            abs(a - b)
            for mine, other in ((one.along_row, first.along_row), (one.normal, first.normal))
            for a, b in zip(mine, other, strict=True)
        )
        if apart > _TURNED:
            what = f"several orientations: {_name(one)} is turned against {_name(first)}"
            raise _refused(path, what, "take out what is no slice of it, such as localisers")


def _evenly_apart(path: str, slices: Sequence[Slice]) -> None:
    """Raise UserError for slices that lie twice, are missing, or are shifted against each other."""
    normal = slices[0].normal
    places = [_along(normal, one.position) for one in slices]
    steps = [b - a for a, b in pairwise(places)]
    if not steps:
        return
    usual = median(steps)
    for step, one, other in zip(steps, slices, slices[1:], strict=False):
        between = f"between {_name(one)} and {_name(other)}"
        if step < 1e-3:
            what = f"two slices at one place, {_name(one)} and {_name(other)}"
            raise _refused(path, what, "keep one time, echo or reconstruction in a folder")
        if abs(step - usual) > _UNEVEN * usual:
            missing = round(step / usual) - 1
            even = abs(step - (missing + 1) * usual) <= _UNEVEN * usual
            fix = "resample it to even slices"
            if missing > 0 and even:
                raise _refused(path, f"{missing} slices missing {between}", "copy them too")
            what = f"uneven slices: {step:.3f} mm {between}, else {usual:.3f} mm"
            raise _refused(path, what, fix)
        shift = [
            b - a - step * n for a, b, n in zip(one.position, other.position, normal, strict=True)
        ]
        if max(map(abs, shift)) > _UNEVEN * usual:
            what = f"slices shifted sideways {between} (a tilted gantry)"
            raise _refused(path, what, "resample it to slices that lie straight behind each other")


def _along(normal: Vector, position: Vector) -> float:
    return sum(a * b for a, b in zip(normal, position, strict=True))


def _scaled(direction: Vector, length: float) -> Vector:
    x, y, z = direction
    return x * length, y * length, z * length


def _name(one: Slice) -> str:
    return shown(Path(one.file).name)


def _refused(path: str, found: str, fix: str) -> UserError:
    return UserError(path, "a folder with one DICOM series, a slice per file", found, fix)
