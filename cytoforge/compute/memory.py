"""Not enough memory: say how much fits, and sum the same batch in parts."""

import gc
from collections.abc import Callable, Iterator

import torch

from cytoforge.errors import UserError


def out_of_memory(error: BaseException | None) -> bool:
    """Is this error, or one in whose wake it was raised, a word for no memory left?

    A CUDA graph that runs out of memory while it is recorded ends in another error.
    """
    if error is None:
        return False
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return said or out_of_memory(error.__context__)


def with_enough_memory(
    run: Callable[[int], None],
    parts: int,
    tiles: int,
    say: Callable[[str], None],
    processes: int = 1,
) -> None:
    """Call `run(parts)`, with twice as many parts each time memory runs out.

    Parameters
    ----------
    run : trains, the batch of every step summed in so many parts; continues from its saved state
    tiles : of a step, of one process: more parts than these there are not
    say : prints one line
    processes : that `run` trains in; all of them have the same parts
    """
    for attempt in _doubled(parts, tiles):
        if attempt > parts:
            fits = -(-tiles // attempt)
            say(
                f"out of memory: trying {fits} tiles at a time, {attempt} parts a step; the sum is"
                f" over the same {tiles}. `batch_size: {fits * processes}` would need no parts"
            )
        try:
            run(attempt)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
        else:
            return
        # Outside `except`: until here the error's traceback held the networks that did not fit.
        gc.collect()
        torch.cuda.empty_cache()
    raise UserError(
        where="models.*.training",
        expected="memory for one tile at a time",
        found="out of memory with a single tile",
        fix="smaller tiles (datasets.*.tile_px), fewer generator_filters, or `precision: bf16`",
    )


def _doubled(parts: int, tiles: int) -> Iterator[int]:
    while parts < tiles:
        yield parts
        parts = min(2 * parts, tiles)
    yield tiles
