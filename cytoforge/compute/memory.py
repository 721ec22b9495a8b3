"""Not enough memory: say how much fits, and sum the same batch over micro-batches."""

import gc
from collections.abc import Callable, Iterator

import torch

from cytoforge.errors import UserError


def out_of_memory(error: BaseException | None) -> bool:
    """Return whether this error, or one in whose wake it was raised, says that no memory is left.

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
    micro_batches: int,
    tiles: int,
    say: Callable[[str], None],
    processes: int = 1,
) -> None:
    """Call `run(micro_batches)`, with twice as many each time memory runs out.

    Parameters
    ----------
    run : trains, the batch of every step summed over so many micro-batches; continues from its
        saved state
    tiles : of a step, of one process: more micro-batches than these there are not
    say : prints one line
    processes : that `run` trains in; all of them have as many micro-batches
    """
    for attempt in _doubled(micro_batches, tiles):
        if attempt > micro_batches:
            fits = -(-tiles // attempt)
            say(
                f"out of memory: trying {fits} tiles at a time, {attempt} micro-batches per step;"
                f" the sum is over the same {tiles}. `batch_size: {fits * processes}` would fit"
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


def _doubled(count: int, tiles: int) -> Iterator[int]:
    while count < tiles:
        yield count
        count = min(2 * count, tiles)
    yield tiles
