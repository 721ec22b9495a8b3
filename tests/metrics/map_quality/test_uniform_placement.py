"""Real objects put down at random: whole, apart, as many as real maps have, where there is room."""

import numpy as np
import pytest

from cytoforge.config.segmentation import GapConfig
from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.metrics.map_quality.uniform_placement import (
    object_density,
    place_uniformly,
    stamps_of,
    turned,
)
from tests.metrics.map_quality.made_up_maps import CODES, disks, pairs_of_disks


@pytest.fixture(scope="module")
def real() -> list[MapField]:
    return [pairs_of_disks(seed) for seed in range(4)]


@pytest.fixture(scope="module")
def placed(real: list[MapField]) -> list[MapField]:
    return place_uniformly(real, [(96, 96)] * 6, CODES, seed=1)


def test_as_many_objects_per_area_as_real_maps_have(real, placed):
    assert object_density(placed) == pytest.approx(object_density(real), rel=0.15)


def test_no_two_touch(placed):
    for field in placed:
        cells = field.objects["cells"]
        for shift in ((1, 0), (0, 1), (1, 1)):
            other = np.roll(cells, shift, (0, 1))
            inner = np.s_[1:, 1:]
            meet = (cells > 0) & (other > 0) & (cells != other)
            assert not meet[inner].any()


def test_each_keeps_its_nucleus_and_its_codes(placed):
    for field in placed:
        cells, nuclei = field.objects["cells"], field.objects["nuclei"]
        assert (cells[nuclei > 0] == nuclei[nuclei > 0]).all()
        expected = np.where(nuclei > 0, 3, np.where(cells > 0, 2, 1))
        assert np.array_equal(field.labels, expected)


def test_the_same_seed_gives_the_same_maps(real, placed):
    again = place_uniformly(real, [(96, 96)] * 2, CODES, seed=1)
    assert np.array_equal(again[1].labels, placed[1].labels)
    other = place_uniformly(real, [(96, 96)], CODES, seed=2)
    assert not np.array_equal(other[0].labels, placed[0].labels)


def test_the_eight_symmetries_are_eight():
    found = {turned(np.array([[1, 2], [3, 4]]), k).tobytes() for k in range(8)}
    assert len(found) == 8


def test_a_rim_that_reaches_beyond_its_object_is_put_down_with_it():
    from dataclasses import replace

    codes = (*CODES, replace(CODES[2], code=4, name="cell_rim", region="cell_rim"))
    field = disks("a", [(30, 30)], 6)
    y, x = np.indices(field.shape)
    ring = ((y - 30) ** 2 + (x - 30) ** 2 <= 49) & (field.objects["cells"] == 0)
    (stamp,) = stamps_of(replace(field, labels=np.where(ring, np.uint8(4), field.labels)), codes)
    assert np.count_nonzero(stamp.codes[stamp.pixels] == 4) == np.count_nonzero(ring)


def test_wide_empty_ground_becomes_gap_by_the_rule_of_the_real_maps(real):
    rule = GapConfig(enabled=True, method="region", erode_px=14)
    gap = place_uniformly(real, [(96, 96)] * 3, CODES, 1, rule)
    assert any((field.labels == 0).any() for field in gap)
    assert all((field.objects["cells"][field.labels == 0] == 0).all() for field in gap)


def test_nothing_is_put_down_where_no_object_is_whole():
    assert place_uniformly([disks("a", [(0, 0)], 20)], [(96, 96)], CODES, 1) == []
