"""Objects taken out of a field, moved in it, or pasted once more where it is free."""

import numpy as np

# Places that are tried before an object stays where it is, or is not pasted.
_TRIES = 20


def remove(stack: np.ndarray, ids: np.ndarray) -> None:
    """Take objects out of all planes, int (P, Y, X), in place."""
    gone = np.zeros(int(stack.max(initial=0)) + 1, bool)
    gone[ids] = True
    gone[0] = False
    stack[gone[stack]] = 0


def paste(
    stack: np.ndarray,
    others: np.ndarray,
    id_: int,
    as_id: int,
    reach_px: float | None,
    random: np.random.Generator,
) -> bool:
    """Put an object where it covers no other one, in place; return whether there was room.

    Parameters
    ----------
    stack : int (P, Y, X); the first plane has the whole objects, the others what lies in them
    others : bool (Y, X), what must not be covered besides
    as_id : the id that it has there; its own where it is moved
    reach_px : how far it may go in each direction; None: anywhere
    """
    rows, cols = np.nonzero(stack[0] == id_)
    if not len(rows):
        return False
    values = stack[:, rows, cols]
    height, width = others.shape
    limits = (rows.min(), height - 1 - rows.max(), cols.min(), width - 1 - cols.max())
    up, down, left, right = (
        min(int(limit), int(reach_px)) if reach_px is not None else int(limit) for limit in limits
    )
    for _ in range(_TRIES):
        to_rows = rows + random.integers(-up, down + 1)
        to_cols = cols + random.integers(-left, right + 1)
        under = stack[0, to_rows, to_cols]
        free = (under == 0) | ((under == id_) & (as_id == id_))
        if free.all() and not others[to_rows, to_cols].any():
            if as_id == id_:
                stack[:, rows, cols] = 0
            stack[:, to_rows, to_cols] = np.where(values > 0, as_id, 0)
            return True
    return False
