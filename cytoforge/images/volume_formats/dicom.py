"""A folder with one DICOM series, a file per slice: what scanners and archives give.

Slices are ordered by where they lie, not by their names or numbers. Whatever would become a volume
that is none is refused by file: two series, slices that lie twice or are turned, and pixels that
are packed in a way that nobody has checked. Uneven slices and lossless compression are doubts,
which `images.volumes.accept` may name.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.dicom_spacing import (
    check_straight,
    even_stack,
    in_order,
    name_of,
    refused,
    spacing,
    uneven,
)
from cytoforge.images.dicom_tags import MARK, PACKED, UNPACKED, Slice, read_slice_header
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.stated_header import LPS, Vector, stated_header
from cytoforge.jobs.user_path import look_at

PACKAGE = "SimpleITK"
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

    Of an uneven series it is that of the even stack. Raises UserError for whatever is no single
    stack of grey slices.
    """
    slices = ordered_slices(path)
    return _header(path, slices[0], _step(slices), len(even_stack(slices)))


def doubts(path: str) -> dict[str, str]:
    """Return what makes a series none that anybody can take as it is, by the name of the setting
    that accepts it."""
    slices = ordered_slices(path)
    packed = [one for one in slices if one.syntax in PACKED]
    found = {"uneven_slices": uneven(slices), "compressed": ""}
    if packed:
        what = f"{len(packed)} files with compressed pixels, {name_of(packed[0])}:"
        how = f"{PACKED[packed[0].syntax]}; decompress the series (e.g. gdcmconv --raw)"
        found["compressed"] = f"{what} {how}"
    return {name: words for name, words in found.items() if words}


def read_voxels(path: str) -> np.ndarray:
    """Return the voxels (columns, rows, slices) with each slice's slope and intercept applied."""
    from cytoforge.images.itk_voxels import read_series

    stack = even_stack(slices := ordered_slices(path))
    step = _step(slices)
    return read_series([(one.file, _header(path, one, step, 1)) for one in stack])


def _header(path: str, first: Slice, step: Vector, count: int) -> NiftiHeader:
    """Return the header of so many slices from one on."""
    down, across = first.spacing
    columns = [_scaled(first.along_row, across), _scaled(first.along_column, down), step]
    shape = (first.columns, first.rows, count)
    return stated_header(shape, first.dtype, columns, first.position, LPS, path)


def _step(slices: Sequence[Slice]) -> Vector:
    """Return the way from slice to slice: of an even series the mean one, which rounds least."""
    first, last = slices[0], slices[-1]
    if len(slices) == 1 or uneven(slices):
        return _scaled(first.normal, spacing(slices))
    count = len(slices) - 1
    x, y, z = ((b - a) / count for a, b in zip(first.position, last.position, strict=True))
    return x, y, z


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
        raise refused(path, "one DICOM file", "name the folder that holds its whole series")
    if place.kind != "folder":
        raise UserError(path, "a folder of DICOM files", "no such file", "correct the path")
    found = Path(path).stat()
    slices = list(_slices_of(path, (found.st_mtime_ns, found.st_ino)))
    if not slices:
        raise refused(path, "no DICOM file", "correct the path")
    for check in (_one_series, _unpacked, _grey, _alike, _one_direction):
        check(path, slices)
    slices = in_order(slices)
    check_straight(path, slices)
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
        listed = [f"{len(of)} files such as {name_of(of[0])}" for of in series.values()]
        what = f"{len(series)} series: " + "; ".join(listed[:_MOST_NAMED])
        raise refused(path, what, "put each series into a folder of its own")


def _unpacked(path: str, slices: Sequence[Slice]) -> None:
    packed = [one for one in slices if one.syntax not in (*UNPACKED, *PACKED)]
    if packed:
        what = (
            f"{len(packed)} files with compressed pixels, {name_of(packed[0])}: {packed[0].syntax}"
        )
        raise refused(path, what, "decompress the series (e.g. gdcmconv --raw)")


def _grey(path: str, slices: Sequence[Slice]) -> None:
    for one in slices:
        if one.samples != 1:
            what = f"colours, {one.samples} per pixel, in {name_of(one)}"
            raise refused(path, what, "export grey values")
        if one.frames != 1:
            what = f"{one.frames} frames in {name_of(one)}"
            raise refused(path, what, "export a file per slice, or NIfTI")


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
            listed = "; ".join(f"{value} in {name_of(one)}" for value, one in found.items())
            raise refused(path, f"several {what}: {listed}", "take out what is no slice of it")


def _one_direction(path: str, slices: Sequence[Slice]) -> None:
    first = slices[0]
    for one in slices:
        if one.along_row == (0.0, 0.0, 0.0):
            raise refused(path, f"no place in space in {name_of(one)}", "export it with its place")
        apart = max(
            abs(a - b)
            for mine, other in ((one.along_row, first.along_row), (one.normal, first.normal))
            for a, b in zip(mine, other, strict=True)
        )
        if apart > _TURNED:
            what = f"several orientations: {name_of(one)} is turned against {name_of(first)}"
            raise refused(path, what, "take out what is no slice of it, such as localisers")


def _scaled(direction: Vector, length: float) -> Vector:
    x, y, z = direction
    return x * length, y * length, z * length
