"""Where tiles start along one axis of a rectangle."""


def axis_starts(length: int, tile_px: int, step: int, flush: bool) -> tuple[int, ...]:
    """Return the starts of tiles at 0, `step`, 2 `step`, …, all of which fit into `length` px.

    With `flush`, one more tile ends exactly at the far edge where the regular ones do not reach it.
    Empty when `length` is shorter than a tile.

    >>> axis_starts(10, 4, 4, flush=False), axis_starts(10, 4, 4, flush=True)
    ((0, 4), (0, 4, 6))
    """
    starts = list(range(0, length - tile_px + 1, step))
    if flush and starts and starts[-1] + tile_px < length:
        starts.append(length - tile_px)
    return tuple(starts)


def overlap_step(tile_px: int, overlap: float) -> int:
    """Return the distance in px between tiles that share `overlap` (0 to <1) of their side."""
    return max(1, round(tile_px * (1 - overlap)))
