"""Label maps of indexed pictures, whose colours tell the classes when the indices do not."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.references.codes import Code

logger = logging.getLogger(__name__)


def codes_by_colour(
    indices: np.ndarray, palette: np.ndarray, codes: Sequence[Code], where: str | Path
) -> np.ndarray:
    """Return the codes that the colours of an indexed picture stand for, uint8 (H, W).

    Indices that are codes already are returned as they are; see `renumbered_codes`.
    """
    found = renumbered_codes(indices, palette, codes, {one.code: one.code for one in codes}, where)
    return indices if found is None else found


def renumbered_codes(
    indices: np.ndarray,
    palette: np.ndarray,
    codes: Sequence[Code],
    numbers: Mapping[int, int],
    where: str | Path,
) -> np.ndarray | None:
    """Return the codes of an indexed picture by its colours, uint8 (H, W), where an editor has
    given new numbers to them; None where its indices are right, or its colours no class's.

    A colour of several classes keeps its index where that means one of them.

    Parameters
    ----------
    indices : (H, W), of rows of `palette`
    palette : (n, 3) uint8
    codes : the classes whose colours are known
    numbers : the code that an index means
    where : the file, for messages

    Raises
    ------
    UserError : indices of another class, some with colours of classes and some with others
    """
    table: dict[int, int | None] = {}
    for index in np.unique(indices).tolist():
        colour = tuple(palette[index].tolist()) if index < len(palette) else None
        same = [code.code for code in codes if code.colour == colour]
        meant = numbers.get(index)
        table[index] = meant if meant in same else next(iter(same), None)
    renumbered = {i: c for i, c in table.items() if c is not None and c != numbers.get(i)}
    if not renumbered:
        return None
    names = {one.code: one.name for one in codes}
    if foreign := [index for index, code in table.items() if code is None]:
        index, code = next(iter(renumbered.items()))
        raise UserError(
            str(where),
            "a picture with the colours of its classes only, or with their codes as indices",
            f"index {index} in the colour of `{names[code]}` (code {code}), and "
            f"{len(foreign)} indices whose colours are no class's, e.g. {foreign[0]}",
            "draw with the colours of codes.json, without smoothed edges, or save grey codes",
        )
    logger.warning(
        "%s: indices of the palette are not the codes, read by their colours: %s",
        where,
        ", ".join(f"{index} is {names[code]}" for index, code in renumbered.items()),
    )
    of_index = np.zeros(int(indices.max()) + 1, np.uint8)
    of_index[list(table)] = [code or 0 for code in table.values()]
    return of_index[indices]
