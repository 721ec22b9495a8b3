"""A part of the real data: tiles that a fraction of the labelled area gives."""

from collections.abc import Sequence

import numpy as np

from cytoforge.seeds import generator
from cytoforge.tiles.manifest import TileRow


def tiles_of_fraction(
    rows: Sequence[TileRow], tile_px: int, fraction: float, seed: int
) -> np.ndarray:
    """Return the indices of the tiles that lie within a drawn part of the area of all, rising.

    Whole tiles are drawn in an order of the seed until they cover at least `fraction` of what all
    tiles cover, and every tile that lies within what is covered belongs to the part: nothing more
    need have been labelled. Tiles are not counted, since those that overlap by half show each pixel
    four times: a tenth of them would show up to four tenths of the area. The part of a smaller
    fraction lies within that of a larger one.

    Two of four tiles side by side, 4 px each:

    >>> tiles = [TileRow(f"t{k}", "a", 0, 4 * k, "train", "a", 0.0, "") for k in range(4)]
    >>> len(tiles_of_fraction(tiles, 4, 0.5, seed=1))
    2
    """
    everything = np.arange(len(rows))
    if fraction >= 1:
        return everything
    wanted = fraction * sum(int(plane.sum()) for plane in _covered(rows, tile_px).values())
    order = generator(seed, "labelled").permutation(len(rows))
    drawn = {image: np.zeros_like(plane) for image, plane in _covered(rows, tile_px).items()}
    area = 0
    for index in order:
        tile = _box(drawn, rows[index], tile_px)
        area += tile.size - int(tile.sum())
        tile[:] = True
        if area >= wanted:
            break
    within = [bool(_box(drawn, row, tile_px).all()) for row in rows]
    return everything[within]


def covered_px(rows: Sequence[TileRow], tile_px: int) -> int:
    """Return the number of pixels that tiles show, each counted once."""
    return sum(int(plane.sum()) for plane in _covered(rows, tile_px).values())


def _covered(rows: Sequence[TileRow], tile_px: int) -> dict[str, np.ndarray]:
    """Return which pixels of each image the tiles show, bool (Y, X) up to the last of them."""
    planes = {}
    for image in sorted({row.image for row in rows}):
        own = [row for row in rows if row.image == image]
        shape = (max(r.row for r in own) + tile_px, max(r.col for r in own) + tile_px)
        planes[image] = np.zeros(shape, bool)
    for row in rows:
        _box(planes, row, tile_px)[:] = True
    return planes


def _box(planes: dict[str, np.ndarray], row: TileRow, tile_px: int) -> np.ndarray:
    return planes[row.image][row.row : row.row + tile_px, row.col : row.col + tile_px]
