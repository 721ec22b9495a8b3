"""Synthesise a field of any size from overlapping tiles, blended without seams.

The original set 256 px tiles side by side. Each is normalised by its own mean and variance in the
generator, so neighbours differ in brightness and the borders show. Here tiles overlap and each
fades out towards its border.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from cytoforge.tiles.grid import axis_starts, overlap_step

Planes = Mapping[str, np.ndarray]
"""What travels together, by name: labels, images, …, each (…, H, W) in a type of its own."""
Generate = Callable[[Planes, list[int]], np.ndarray]
"""(tiles of each plane (n, …, T, T), their indices in row-major order) → (n, C, T, T) float32."""


def stitch(
    generate: Generate,
    planes: Planes,
    tile_px: int,
    overlap: float,
    batch_size: int,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return the field that `generate` makes, float32 (C, H, W).

    Parameters
    ----------
    planes : each (…, H, W), all of one size, which may be any; along an axis shorter than a tile
        they are mirrored at both ends to fill one, and the result is cropped
    overlap : common part of neighbouring tiles, 0 to <1; 0 sets tiles side by side
    out : array of shape (C, H, W) to write finished rows into, for instance a memory map;
        working memory is then a few (C, T, W) strips whatever the height
    """
    shape = _shape(planes)
    for row, strip in stitch_rows(generate, planes, tile_px, overlap, batch_size):
        if out is None:
            out = np.empty((strip.shape[0], *shape), dtype=np.float32)
        out[:, row : row + strip.shape[1]] = strip
    if out is None:
        raise ValueError(f"a label map of shape {shape} has no pixels")
    return out


def stitch_rows(
    generate: Generate, planes: Planes, tile_px: int, overlap: float, batch_size: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (first row, finished rows (C, n, W) float32) from top to bottom, without gaps.

    Tiles are generated one row of tiles at a time, at most `batch_size` together, and added to a
    band of T pixel rows; rows that no later tile reaches are given out.
    """
    height, width = _shape(planes)
    planes, top, left = _fill_tile(planes, tile_px)
    filled = max(height, tile_px)
    rows = tile_starts(filled, tile_px, overlap)
    row_weights = axis_weights(filled, tile_px, overlap)
    band: np.ndarray | None = None
    for k, row in enumerate(rows):
        lines = {name: plane[..., row : row + tile_px, :] for name, plane in planes.items()}
        strip = _tile_row(generate, lines, k, tile_px, overlap, batch_size)
        strip *= row_weights[k][:, None]  # (C, T, W)
        if band is None:
            band = strip
        else:
            band += strip
        done = (rows[k + 1] if k + 1 < len(rows) else row + tile_px) - row
        # `top` is above 0 only where a single row of tiles covers the whole height.
        finished = band[:, top : min(done, top + height), left : left + width]
        yield row, finished.copy()
        band[:, : tile_px - done] = band[:, done:]
        band[:, tile_px - done :] = 0


def tile_starts(length: int, tile_px: int, overlap: float) -> tuple[int, ...]:
    """Return where tiles start along an axis of `length` ≥ `tile_px` px.

    The last one is flush with the end: mirrored planes beyond it would be generated for nothing.
    """
    return axis_starts(length, tile_px, overlap_step(tile_px, overlap), flush=True)


def axis_weights(length: int, tile_px: int, overlap: float) -> np.ndarray:
    """Return the weight of each tile's pixels along one axis, float32 (tiles, T).

    With overlap a raised cosine, sin²(π (i + ½) / T), divided by the sum over the tiles that
    cover the pixel; without, the first tile that covers it has it alone. Because tiles lie on a
    grid, the product of row and column weights sums to 1 at every pixel of the field.
    """
    starts = tile_starts(length, tile_px, overlap)
    covered = np.zeros(length)
    weights = np.empty((len(starts), tile_px))
    window = np.sin(np.pi * (np.arange(tile_px) + 0.5) / tile_px) ** 2
    for k, start in enumerate(starts):
        here = covered[start : start + tile_px]
        weights[k] = window if overlap > 0 else here == 0
        here += weights[k]
    for k, start in enumerate(starts):
        weights[k] /= covered[start : start + tile_px]
    return weights.astype(np.float32)


def _tile_row(
    generate: Generate,
    lines: Planes,
    k: int,
    tile_px: int,
    overlap: float,
    batch_size: int,
) -> np.ndarray:
    """Blend row `k` of tiles from left to right: planes (…, T, W) to float32 (C, T, W)."""
    shape = _shape(lines)
    cols = tile_starts(shape[1], tile_px, overlap)
    weights = axis_weights(shape[1], tile_px, overlap)
    strip: np.ndarray | None = None
    for first in range(0, len(cols), batch_size):
        chosen = range(first, min(first + batch_size, len(cols)))
        batch = {  # (n, …, T, T) each
            name: np.stack([plane[..., cols[j] : cols[j] + tile_px] for j in chosen])
            for name, plane in lines.items()
        }
        tiles = generate(batch, [k * len(cols) + j for j in chosen])  # (n, C, T, T)
        if strip is None:
            strip = np.zeros((tiles.shape[1], *shape), dtype=np.float32)
        for j, tile in zip(chosen, tiles, strict=True):
            strip[:, :, cols[j] : cols[j] + tile_px] += tile * weights[j]
    if strip is None:
        raise ValueError(f"planes of shape {shape} hold no tile")
    return strip


def _fill_tile(planes: Planes, tile_px: int) -> tuple[Planes, int, int]:
    """Mirror planes shorter than a tile; return them and the offset of their first pixel."""
    shape = _shape(planes)
    before = [max(0, tile_px - length) // 2 for length in shape]
    pads = [
        (start, max(0, tile_px - length) - start)
        for start, length in zip(before, shape, strict=True)
    ]
    if any(map(any, pads)):
        planes = {
            name: np.pad(plane, [(0, 0)] * (plane.ndim - 2) + pads, mode="reflect")
            for name, plane in planes.items()
        }
    return planes, before[0], before[1]


def _shape(planes: Planes) -> tuple[int, int]:
    """Return the size of all planes; ValueError where they differ."""
    (height, width), *others = {plane.shape[-2:] for plane in planes.values()}
    if others:
        raise ValueError(f"planes differ in size: {[plane.shape for plane in planes.values()]}")
    return int(height), int(width)
