"""Label maps of indexed pictures, whose colours tell the classes when the indices do not."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.references.codes import Code

logger = logging.getLogger(__name__)


def codes_by_colour(
    indices: np.ndarray, palette: np.ndarray, codes: Sequence[Code], where: str | Path
) -> np.ndarray:
    """Return the codes that the colours of an indexed picture stand for, uint8 (H, W).

    Indices of a palette without the classes' colours are codes and are returned as they are. A
    colour of several classes keeps its index where that is one of them.

    Parameters
    ----------
    indices : (H, W), of rows of `palette`
    palette : (n, 3) uint8
    where : the file, for messages

    Raises
    ------
    UserError : indices that are no codes, some with colours of classes and some with others
    """
    table: dict[int, int | None] = {}
    for index in np.unique(indices).tolist():
        colour = tuple(palette[index].tolist()) if index < len(palette) else None
        same = [code.code for code in codes if code.colour == colour]
        table[index] = index if index in same else next(iter(same), None)
    renumbered = {i: code for i, code in table.items() if code is not None and code != i}
    if not renumbered:
        return indices
    if foreign := [index for index, code in table.items() if code is None]:
        index, code = next(iter(renumbered.items()))
        raise UserError(
            str(where),
            "a picture with the colours of its classes only, or with their codes as indices",
            f"index {index} in the colour of `{codes[code].name}` (code {code}), and "
            f"{len(foreign)} indices whose colours are no class's, e.g. {foreign[0]}",
            "draw with the colours of codes.json, without smoothed edges, or save grey codes",
        )
    logger.warning(
        "%s: indices of the palette are not the codes, read by their colours: %s",
        where,
        ", ".join(f"{index} is {codes[code].name}" for index, code in renumbered.items()),
    )
    numbers = np.zeros(int(indices.max()) + 1, np.uint8)
    numbers[list(table)] = [code or 0 for code in table.values()]
    return numbers[indices]
