"""Not enough memory: say how much fits, and sum the same batch in parts."""

import gc
from collections.abc import Callable, Iterator

import torch

from cytoforge.errors import UserError


def out_of_memory(error: BaseException) -> bool:
    """Is this error the device's or the system's word for no memory left?"""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def with_enough_memory(
    run: Callable[[int], None], parts: int, tiles: int, say: Callable[[str], None]
) -> None:
    """Call `run(parts)`, with twice as many parts each time memory runs out.

    Parameters
    ----------
    run : trains, the batch of every step summed in so many parts; continues from its saved state
    tiles : of a step, of this process: more parts than these there are not
    say : prints one line
    """
    for attempt in _doubled(parts, tiles):
        if attempt > parts:
            fits = -(-tiles // attempt)
            say(
                f"out of memory: trying {fits} tiles at a time, {attempt} parts a step;"
                f" the sum is over the same {tiles}. `batch_size: {fits}` would need no parts"
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
        where="experiments.*.training",
        expected="memory for one tile at a time",
        found="out of memory with a single tile",
        fix="smaller tiles (datasets.*.tile_px), fewer generator_filters, or `precision: bf16`",
    )


def _doubled(parts: int, tiles: int) -> Iterator[int]:
    while parts < tiles:
        yield parts
        parts = min(2 * parts, tiles)
    yield tiles
