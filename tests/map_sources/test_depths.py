"""Objects are drawn from the pixels of training objects: as they lay, turned, wider, never torn."""

import numpy as np
import pytest

from cytoforge.map_sources.sources.shapes.depths import Depths, Pixels, joined
from cytoforge.map_sources.sources.shapes.fitting import SYMMETRIES, fitting, laid
from cytoforge.map_sources.sources.shapes.outlines import ANGLES

HOOK = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 2, 2, 0, 0, 0],
        [0, 2, 0, 0, 5, 0],
        [0, 2, 2, 0, 5, 0],
        [0, 0, 0, 0, 0, 0],
    ],
    np.int32,
)


def mask(pixels: Pixels, owner: int = 0, side: int = 41) -> np.ndarray:
    """Return the pixels of an object about the middle of a square."""
    own = (pixels.owner == owner) & (pixels.depth <= 1)
    found = np.zeros((side, side), bool)
    found[pixels.row[own] + side // 2, pixels.col[own] + side // 2] = True
    return found


def plain(depths: Depths, *chosen: int) -> Pixels:
    return depths.drawn(np.array(chosen), np.ones((len(chosen), ANGLES), np.float32))


def disk(radius: float) -> Depths:
    rows, cols = np.mgrid[:41, :41] - 20
    labels = (rows**2 + cols**2 <= radius**2).astype(np.int32)
    return Depths.of(labels, np.array([1]), np.full((1, 2), 20.0))


def test_a_bent_object_has_its_pixels_and_an_id_without_pixels_has_none():
    depths = Depths.of(HOOK, np.array([2, 3, 5]), np.array([[2.0, 1], [0, 0], [2, 4]]))
    pixels = plain(depths, 2, 0, 1)
    np.testing.assert_array_equal(mask(pixels, 1)[18:23, 19:25], HOOK == 2)
    assert (mask(pixels, 0).sum(), mask(pixels, 2).sum()) == (2, 0)


@pytest.mark.parametrize("symmetry", range(SYMMETRIES))
def test_symmetries_are_those_of_the_square(symmetry):
    depths = Depths.of(HOOK, np.array([2]), np.array([[2.0, 1]]))
    turned = mask(laid(plain(depths, 0), np.array([symmetry])))
    whole = mask(plain(depths, 0))
    all_eight = [np.rot90(one, k) for one in (whole, whole.T) for k in range(4)]
    assert sum(np.array_equal(turned, one) for one in all_eight) == 2  # a hook is its own mirror


def test_what_is_wider_on_one_side_reaches_further_there_alone():
    wider = np.ones((1, ANGLES), np.float32)
    wider[0, np.r_[: ANGLES // 8, -ANGLES // 8 : 0]] = 1.2  # around x
    before, after = mask(plain(disk(9), 0)), mask(disk(9).drawn(np.array([0]), wider))
    assert (before <= after).all()
    added = np.argwhere(after & ~before) - 20
    assert len(added) > 5
    assert (added[:, 1] > 0).all()


def test_an_object_is_deepest_where_another_lies_in_it():
    cells, nuclei = np.zeros((2, 30, 30), np.int32)
    cells[3:27, 3:27], nuclei[4:9, 4:9] = 1, 1
    pixels = plain(Depths.of(cells, np.array([1]), np.full((1, 2), 6.0), nuclei), 0)
    inside = (np.abs(pixels.row) <= 2) & (np.abs(pixels.col) <= 2)
    assert pixels.depth[inside].max() <= 0.5


def test_objects_turn_so_that_they_overlap_less():
    long = np.zeros((41, 41), np.int32)
    long[18:23, 5:36] = 1
    depths = Depths.of(long, np.array([1]), np.full((1, 2), 20.0))
    centres = np.array([[50.0, 50], [50, 62]])
    pixels = joined([plain(depths, 0), plain(depths, 0)])
    symmetry, moved = fitting((100, 112), centres, pixels, 20, np.random.default_rng(1))
    assert np.abs(moved - centres).max() <= 2  # a tenth of the diameter
    turned = laid(pixels, symmetry)
    assert mask(turned, 0).any(1).sum() == mask(turned, 1).any(1).sum() == 31  # both upright
