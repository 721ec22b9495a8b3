"""The pixels of scribbles: where they lie, what each stands for, and which stroke it is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError

_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Scribbles:
    """Scribbled pixels of one image, in raster order; arrays (n,) of integers.

    classes : index of each pixel's class
    strokes : 0..m-1, connected pieces of one value
    """

    rows: np.ndarray
    cols: np.ndarray
    classes: np.ndarray
    strokes: np.ndarray


def scribbles_of(
    plane: np.ndarray, values: Mapping[int, str], classes: Sequence[str], named_in: str
) -> Scribbles:
    """Return what is scribbled in a plane of integers (Y, X), 0 where nothing is said.

    Raises
    ------
    UserError : a value that is not in `values`
    """
    found = np.unique(plane)
    unknown = [int(value) for value in found if value and int(value) not in values]
    if unknown:
        raise UserError(
            where=named_in,
            expected=f"0 and the numbers of `values`: {_listed(values)}",
            found=f"{', '.join(map(str, unknown[:5]))}{' …' if len(unknown) > 5 else ''}",
            fix="say in `values` what these stand for, or correct the scribbles",
        )
    strokes = np.zeros(plane.shape, np.int64)
    count = 0
    for value in found[found != 0]:
        pieces, n_pieces = ndimage.label(plane == value, _EIGHT)
        strokes += np.where(pieces > 0, pieces + count, 0)
        count += n_pieces
    rows, cols = np.nonzero(plane)
    index = {value: classes.index(name) for value, name in values.items()}
    said = [index[int(value)] for value in plane[rows, cols]]
    return Scribbles(rows, cols, np.array(said, np.int64), strokes[rows, cols] - 1)


def _listed(values: Mapping[int, str]) -> str:
    return ", ".join(f"{value} {values[value]}" for value in sorted(values))
