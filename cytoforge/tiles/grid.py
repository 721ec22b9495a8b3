"""Where the tiles of a regular grid start."""

from cytoforge.split.region import Region


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
    """Return the distance in px between tiles that overlap by `overlap` (0 to <1) of their side.

    >>> overlap_step(128, 0.25)
    96
    """
    return max(1, round(tile_px * (1 - overlap)))


def grid_origins(
    region: Region, tile_px: int, step: int, flush: bool = False
) -> tuple[tuple[int, int], ...]:
    """Return (row, col) in the image of each tile's top-left pixel, row by row.

    >>> grid_origins(Region("a", "test", 0, 100, 64, 228, group="a"), tile_px=64, step=64)
    ((0, 100), (0, 164))
    """
    rows = axis_starts(region.row1 - region.row0, tile_px, step, flush)
    cols = axis_starts(region.col1 - region.col0, tile_px, step, flush)
    return tuple((region.row0 + row, region.col0 + col) for row in rows for col in cols)
