"""Fractions of the real data: parts of the area, the smaller within the larger."""

from itertools import pairwise

import numpy as np
import pytest

from cytoforge.metrics.utility.labelled_area import covered_px, tiles_of_fraction
from cytoforge.tiles.manifest import TileRow


def tiles(step: int, across: int, image: str = "a") -> list[TileRow]:
    """Square tiles of 8 px, `step` px apart, in two rows."""
    return [
        TileRow(f"{image}{row}{col}", image, row, step * col, "train", image, 0.0, "")
        for row in (0, 8)
        for col in range(across)
    ]


def shown(rows: list[TileRow], indices: np.ndarray) -> float:
    return covered_px([rows[k] for k in indices], 8) / covered_px(rows, 8)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_a_fraction_is_one_of_the_area_however_tiles_overlap(fraction: float):
    rows = [*tiles(2, 60), *tiles(2, 60, "b")]
    part = tiles_of_fraction(rows, 8, fraction, seed=1)
    one_tile = 64 / covered_px(rows, 8)
    assert fraction <= shown(rows, part) <= fraction + one_tile
    assert len(part) != round(fraction * len(rows))


def test_smaller_fractions_lie_within_larger_ones():
    rows = [*tiles(4, 20), *tiles(4, 20, "b")]
    parts = [set(tiles_of_fraction(rows, 8, f, seed=3).tolist()) for f in (0.1, 0.25, 0.5, 1.0)]
    assert all(one < other for one, other in pairwise(parts))


def test_every_tile_within_what_is_covered_is_there():
    # A drawn pair of neighbours covers the one that lies across their border too.
    rows = [TileRow(str(col), "a", 0, col, "train", "a", 0.0, "") for col in (0, 8, 4)]
    part = tiles_of_fraction(rows, 8, 0.99, seed=1)
    assert part.tolist() == [0, 1, 2]


def test_seeds_draw_other_parts():
    rows = tiles(8, 30)
    one, other = (tiles_of_fraction(rows, 8, 0.2, seed=seed).tolist() for seed in (1, 2))
    assert one != other
    assert one == tiles_of_fraction(rows, 8, 0.2, seed=1).tolist()


def test_pixels_that_several_tiles_show_are_counted_once():
    assert covered_px(tiles(4, 2), 8) == 16 * 12
