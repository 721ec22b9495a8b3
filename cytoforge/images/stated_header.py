"""The header of a volume from what other formats than NIfTI say: axes, an origin, left or right."""

from collections.abc import Sequence
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.images.nifti_header import Affine, NiftiHeader

Vector = tuple[float, float, float]
# What turns a system of coordinates into NIfTI's: x to the right, y to the front, z up.
RAS: Vector = (1.0, 1.0, 1.0)
LPS: Vector = (-1.0, -1.0, 1.0)
LAS: Vector = (-1.0, 1.0, 1.0)
# Of a header's text; what comes after would be voxels.
MOST_BYTES = 65_536


def stated_header(
    shape: Sequence[int],
    dtype: str,
    columns: Sequence[Vector],
    origin: Vector,
    turned: Vector | None,
    where: str,
) -> NiftiHeader:
    """Return a header.

    Parameters
    ----------
    columns : the step in space from voxel to voxel along each axis, in millimetres
    origin : centre of the first voxel
    turned : signs that turn the coordinates into NIfTI's; None: the file says no place, and axes
        are taken as stored
    where : the file, for messages

    Raises
    ------
    UserError : an axis without length, or axes that lie in one plane
    """
    lengths = [sum(v * v for v in column) ** 0.5 for column in columns]
    if min(lengths) == 0 or abs(_volume(columns)) < 1e-3 * lengths[0] * lengths[1] * lengths[2]:
        raise UserError(
            where, "three axes that span a space", "axes without length, or in one plane",
            "correct the header, or convert the file to NIfTI with the program that wrote it",
        )  # fmt: skip
    affine = _affine(columns, origin, turned) if turned else None
    x, y, z = lengths
    codes = (1, 1) if affine else (0, 0)
    return NiftiHeader(tuple(shape), dtype, (x, y, z), affine, affine, codes, 1000.0)


def _affine(columns: Sequence[Vector], origin: Vector, turned: Vector) -> Affine:
    (a, b, c) = columns
    rows = zip(a, b, c, origin, strict=True)
    return tuple(
        (sign * x, sign * y, sign * z, sign * last)
        for sign, (x, y, z, last) in zip(turned, rows, strict=True)
    )


def _volume(columns: Sequence[Vector]) -> float:
    (a, b, c), (d, e, f), (g, h, i) = columns
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def refuse_axes(shape: Sequence[int], components: int, where: str) -> None:
    """Raise UserError unless a file has one number per voxel and three axes, or further of 1."""
    shown = " × ".join(map(str, shape))
    if components != 1:
        raise UserError(
            where, "one grey value per voxel", f"{components} values (colours or vectors)",
            "export one of them",
        )  # fmt: skip
    if len(shape) < 3 or min(shape) < 1:
        raise UserError(where, "a volume of three axes", f"shape {shown}", "export a volume")
    if any(n > 1 for n in shape[3:]):
        raise UserError(
            where, "a volume of three axes", f"four or more: {shown}",
            "save one volume of it (a time, a direction, a channel) as a file of its own",
        )  # fmt: skip


def vector(text: str, where: str) -> Vector:
    """Return three numbers of a text such as `(1, 0, 0)` or `1 0 0`; UserError for others."""
    parts = text.strip().strip("()").replace(",", " ").split()
    try:
        x, y, z = (float(part) for part in parts)
    except ValueError as error:
        raise damaged(where, f"{text!r:.60}, not three numbers") from error
    return x, y, z


def whole_numbers(text: str, where: str) -> tuple[int, ...]:
    """Return whole numbers between blanks; UserError for others."""
    try:
        return tuple(int(part) for part in text.split())
    except ValueError as error:
        raise damaged(where, f"{text!r:.60}, not whole numbers") from error


def damaged(where: str, found: str) -> UserError:
    """Return the error of a header that cannot be understood."""
    return UserError(where, "a header as its format has it", found, "copy or export it again")


def beside(path: str, name: str) -> str:
    """Return a data file that a header names, which must lie in the header's folder.

    Raises UserError for one elsewhere, and one that is not there.
    """
    file = Path(path).parent / name
    if Path(name).name != name or name in ("", ".", ".."):
        raise UserError(
            path, "voxels in the folder of their header", f"{name!r:.80}",
            "move the file beside its header and correct its name there",
        )  # fmt: skip
    if not file.is_file():
        raise UserError(path, f"its voxels in {file}", "no such file", "copy both files")
    return str(file)


def first_bytes(path: str) -> bytes:
    """Return the beginning of a file; UserError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError as error:
        raise UserError(path, "a volume", "no such file", "correct the path") from error
    except OSError as error:
        raise UserError(path, "a readable volume", str(error.strerror), "copy it again") from error
