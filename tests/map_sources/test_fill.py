"""Objects are drawn as wide as they should be; where they touch the border lies between them."""

import numpy as np
import pytest

from cytoforge.map_sources.sources.shapes.depths import Depths, Pixels
from cytoforge.map_sources.sources.shapes.fill import fill
from cytoforge.map_sources.sources.shapes.outlines import ANGLES


def disks(radius: list[float]) -> Pixels:
    """Return disks about their middle, as they would lie in a training field each."""
    rows, cols = np.mgrid[:61, :61] - 30
    found = [
        Depths.of((rows**2 + cols**2 <= r**2).astype(np.int32), np.array([1]), np.full((1, 2), 30))
        for r in radius
    ]
    n = len(radius)
    return Depths.joined(found).drawn(np.arange(n), np.ones((n, ANGLES), np.float32))


def area_of(radius: float) -> float:
    return np.pi * radius**2


def test_an_object_alone_is_its_outline():
    found = fill((41, 41), np.array([[20.0, 20.0]]), disks([9]), np.array([area_of(9)]), 1)
    rows, cols = np.mgrid[:41, :41] - 20
    wanted = rows**2 + cols**2 <= 81
    assert (found.labels.astype(bool) ^ wanted).sum() <= 12


def test_of_two_equal_objects_each_keeps_its_middle_and_one_more_of_its_outline():
    middle = np.array([[20.0, 14.0], [20.0, 25.0]])
    labels = fill((41, 41), middle, disks([9, 9]), np.full(2, area_of(9) * 0.8), 1).labels
    along = labels[20, 8:32].tolist()
    assert along == [1] * along.count(1) + [2] * along.count(2)
    assert 12 < along.count(1) < 15  # the middles, half as wide, are at 14 ± 4 and 25 ± 4


def test_what_a_neighbour_takes_is_gained_elsewhere():
    middle = np.array([[20.0, 14.0], [20.0, 26.0]])
    wanted = np.full(2, area_of(9))
    labels = fill((41, 41), middle, disks([9, 9]), wanted, 1).labels
    assert np.bincount(labels.ravel())[1:] == pytest.approx(wanted, rel=0.08)  # a ring is 24 %


def test_an_object_stays_within_what_it_is_given_and_takes_its_area_there():
    within = np.zeros((41, 41), np.int32)
    within[:, 20:] = 1
    wanted = np.array([area_of(6)])
    labels = fill((41, 41), np.array([[20.0, 21.0]]), disks([6]), wanted, 1, within).labels
    assert not labels[:, :20].any()
    assert labels.sum() == pytest.approx(wanted[0], rel=0.1)


def test_what_is_too_small_is_dropped_and_counted_unless_the_edge_cuts_it():
    middle = np.array([[20.0, 20.0], [0.0, 40.0]])
    found = fill((41, 41), middle, disks([2, 2]), np.full(2, area_of(2)), smallest=50)
    assert (np.unique(found.labels).tolist(), found.dropped) == ([0, 2], 1)
