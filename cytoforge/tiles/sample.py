"""Choose where tiles lie inside the regions of a data set."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.config.tiles import DatasetConfig, SamplerConfig
from cytoforge.errors import UserError
from cytoforge.seeds import generator
from cytoforge.split.region import SPLITS, Region, Split
from cytoforge.tiles.grid import grid_origins, overlap_step

Origin = tuple[int, int]


@dataclass(frozen=True)
class Placement:
    """The tiles of one region.

    `origins` are (row, col) of top-left pixels in the image; `asked` is the number wanted (None:
    as many as fit); `method` is the sampler that made them, `grid fallback` after random failed.
    """

    region: Region
    origins: tuple[Origin, ...]
    asked: int | None
    method: str


def place_tiles(
    regions: Iterable[Region], config: DatasetConfig, seed: int
) -> tuple[Placement, ...]:
    """Place the tiles of every region: train by the sampler, val and test on a plain grid.

    The result depends on regions, sampler, tile size and seed alone, so data sets that differ
    only in their reference maps have the same tiles and can be compared tile by tile. Sorted by
    split, image name and position. Raises UserError for an image in which no region holds a tile
    and for a split left without any tile.
    """
    ordered = sorted(regions, key=lambda r: (SPLITS.index(r.split), r.image, r.row0, r.col0))
    placements = tuple(_place(region, config, seed) for region in ordered)
    _check_images(placements, config.tile_px)
    _check_splits(placements, config.tile_px)
    return placements


def _place(region: Region, config: DatasetConfig, seed: int) -> Placement:
    if region.split != "train":
        return Placement(region, grid_origins(region, config.tile_px, config.tile_px), None, "grid")
    if config.sampler.method == "random":
        return random_tiles(region, config.tile_px, config.sampler, seed)
    step = overlap_step(config.tile_px, config.sampler.overlap)
    flush = config.sampler.method == "all"
    return Placement(
        region, grid_origins(region, config.tile_px, step, flush), None, config.sampler.method
    )


def random_tiles(region: Region, tile_px: int, sampler: SamplerConfig, seed: int) -> Placement:
    """Place `per_image` tiles at random, or on a grid when that fails within `attempts` draws.

    Two tiles are far enough apart when |Δrow| ≥ d or |Δcol| ≥ d, d = `min_distance` tiles: the
    squares cannot overlap at d = 1, yet lie closer than with the original's distance between
    origins. A grid of step d holds the largest number any placement could (d-squares in a
    rectangle), so the fallback always finds at least as many; of more, `per_image` are drawn.
    """
    rng = generator(seed, "tiles", region.image, region.split)
    distance = max(1, math.ceil(sampler.min_distance * tile_px))
    grid = grid_origins(region, tile_px, distance)
    asked = sampler.per_image
    if len(grid) >= asked:
        origins = _draw(region, tile_px, distance, sampler, rng)
        if len(origins) == asked:
            return Placement(region, tuple(sorted(origins)), asked, "random")
        chosen = rng.choice(len(grid), size=asked, replace=False)
        grid = tuple(grid[i] for i in sorted(chosen))
    return Placement(region, grid, asked, "grid fallback")


def _draw(
    region: Region, tile_px: int, distance: int, sampler: SamplerConfig, rng: np.random.Generator
) -> list[Origin]:
    """Draw uniform origins and keep those far enough from all kept before."""
    low = (region.row0, region.col0)
    high = (region.row1 - tile_px + 1, region.col1 - tile_px + 1)
    draws = rng.integers(low, high, size=(sampler.attempts, 2))
    kept = np.empty((sampler.per_image, 2), dtype=np.int64)
    n = 0
    for draw in draws:
        if n == sampler.per_image:
            break
        if (np.abs(kept[:n] - draw) >= distance).any(axis=1).all():
            kept[n] = draw
            n += 1
    return [(int(row), int(col)) for row, col in kept[:n]]


def _check_images(placements: Sequence[Placement], tile_px: int) -> None:
    found: Counter[str] = Counter()
    for placement in placements:
        found[placement.region.image] += len(placement.origins)
    for image in sorted(found):
        if not found[image]:
            raise UserError(
                f"tiles of image {image}",
                f"a region of at least {tile_px} × {tile_px} px",
                _sizes(p.region for p in placements if p.region.image == image),
                "lower tile_px of the data set, or take the image out of samples.tsv",
            )


def _check_splits(placements: Sequence[Placement], tile_px: int) -> None:
    splits: list[Split] = [s for s in SPLITS if any(p.region.split == s for p in placements)]
    for split in splits:
        mine = [p for p in placements if p.region.split == split]
        if not any(p.origins for p in mine):
            raise UserError(
                f"{split} tiles",
                f"at least one region of {tile_px} × {tile_px} px",
                _sizes(p.region for p in mine[:5]),
                "lower tile_px, or raise the split's fraction or split.block_px",
            )


def _sizes(regions: Iterable[Region]) -> str:
    return ", ".join(
        f"{r.image} {r.split} {r.row1 - r.row0} × {r.col1 - r.col0} px" for r in regions
    )
