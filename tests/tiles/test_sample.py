"""Tiles lie where they may, as many as asked, the same every time."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.sample import place_tiles
from tests.tiles.fields import config

sizes = st.integers(16, 120)
samplers = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["grid", "random", "all"]),
        "overlap": st.sampled_from([0.0, 0.3, 0.5, 0.9]),
        "per_image": st.integers(1, 12),
        "min_distance": st.sampled_from([0.0, 0.5, 1.0, 1.5]),
        "attempts": st.sampled_from([1, 50]),
    }
)


@settings(max_examples=150, deadline=None)
@given(
    sampler=samplers,
    height=sizes,
    width=sizes,
    offset=st.integers(0, 50),
    split=st.sampled_from(SPLITS),
    seed=st.integers(0, 9),
)
def test_tiles_lie_in_their_region_and_differ(
    sampler: dict, height: int, width: int, offset: int, split: str, seed: int
) -> None:
    region = Region("a", split, offset, offset + 3, offset + height, offset + 3 + width, "a")
    (placement,) = place_tiles([region], config(sampler=sampler), seed)
    assert placement.origins
    assert len(set(placement.origins)) == len(placement.origins)
    assert all(region.contains(row, col, 16, 16) for row, col in placement.origins)


@settings(max_examples=150, deadline=None)
@given(
    height=sizes,
    width=sizes,
    n=st.integers(1, 12),
    distance=st.sampled_from([0.0, 0.5, 1.0, 1.3]),
    attempts=st.sampled_from([1, 20, 500]),
    seed=st.integers(0, 99),
)
def test_random_tiles_keep_their_distance(
    height: int, width: int, n: int, distance: float, attempts: int, seed: int
) -> None:
    sampler = {
        "method": "random",
        "per_image": n,
        "min_distance": distance,
        "attempts": attempts,
    }
    region = Region("a", "train", 0, 0, height, width, "a")
    (placement,) = place_tiles([region], config(sampler=sampler), seed)
    for (r1, c1), (r2, c2) in combinations(placement.origins, 2):
        assert max(abs(r1 - r2), abs(c1 - c2)) >= max(1, distance * 16)
    most = np.prod(
        [(side - 16) // max(1, int(np.ceil(distance * 16))) + 1 for side in region_of(region)]
    )
    assert placement.asked == n
    assert len(placement.origins) == min(n, most)


def region_of(region: Region) -> tuple[int, int]:
    return region.row1 - region.row0, region.col1 - region.col0


def test_six_tiles_at_a_full_diagonal_fall_back_on_the_grid() -> None:
    # The original's loop has no end here: 60 of 60 trials of 20,000 draws found no six 512 px
    # tiles 724 px apart in 1536 × 2048 px. A grid of that step holds exactly six.
    sampler = {"method": "random", "per_image": 6, "min_distance": 2**0.5, "attempts": 20000}
    region = Region("a", "train", 0, 0, 1536, 2048, "a")
    big = DatasetConfig.model_validate({"reference": "r", "tile_px": 512, "sampler": sampler})
    for seed in range(5):
        (placement,) = place_tiles([region], big, seed)
        assert placement.method == "grid fallback"
        assert len(placement.origins) == placement.asked == 6


def test_tiles_in_one_row_are_apart_along_the_other_axis() -> None:
    region = Region("a", "train", 0, 0, 16, 160, "a")
    (placement,) = place_tiles([region], config(sampler={"method": "random", "per_image": 3}), 1)
    assert placement.method == "random"
    assert len(placement.origins) == 3


def test_each_image_has_its_own_random_places() -> None:
    regions = [Region(image, "train", 0, 0, 200, 200, image) for image in ("a", "b")]
    one, two = place_tiles(regions, config(sampler={"method": "random", "per_image": 3}), 1)
    assert set(one.origins).isdisjoint(two.origins)


def test_more_tiles_than_fit_are_reported() -> None:
    region = Region("a", "train", 0, 0, 40, 40, "a")
    sampler = {"method": "random", "per_image": 9}
    (placement,) = place_tiles([region], config(sampler=sampler), 1)
    assert (placement.asked, len(placement.origins), placement.method) == (9, 4, "grid fallback")


@settings(max_examples=60, deadline=None)
@given(height=sizes, width=sizes, overlap=st.sampled_from([0.0, 0.4, 0.8]))
def test_all_covers_every_pixel(height: int, width: int, overlap: float) -> None:
    region = Region("a", "train", 0, 0, height, width, "a")
    sampler = {"method": "all", "overlap": overlap}
    (placement,) = place_tiles([region], config(sampler=sampler), 1)
    covered = np.zeros((height, width), dtype=bool)
    for row, col in placement.origins:
        covered[row : row + 16, col : col + 16] = True
    assert covered.all()


def test_a_grid_with_half_overlap() -> None:
    region = Region("a", "train", 4, 0, 36, 20, "a")
    (placement,) = place_tiles([region], config(sampler={"overlap": 0.5}), 1)
    assert placement.origins == ((4, 0), (12, 0), (20, 0))


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("method", ["grid", "random", "all"])
def test_val_and_test_are_a_grid_without_overlap(split: str, method: str) -> None:
    region = Region("a", split, 0, 0, 20, 40, "a")
    sampler = {"method": method, "overlap": 0.5, "per_image": 1}
    (placement,) = place_tiles([region], config(sampler=sampler), 1)
    assert placement.origins == ((0, 0), (0, 16))


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), samplers)
def test_the_order_of_regions_plays_no_part(order: list[int], sampler: dict) -> None:
    regions = [Region(f"a{i}", SPLITS[i % 3], 0, 0, 64, 80, f"a{i}") for i in range(6)]
    settings_ = config(sampler=sampler)
    assert place_tiles([regions[i] for i in order], settings_, 4) == place_tiles(
        regions, settings_, 4
    )


def test_one_image_more_leaves_the_tiles_of_the_others() -> None:
    regions = [Region(f"a{i}", "train", 0, 0, 64, 80, f"a{i}") for i in range(3)]
    random = config(sampler={"method": "random", "per_image": 3})
    assert place_tiles(regions, random, 4)[1:] == place_tiles(regions[1:], random, 4)


def test_train_comes_first_then_val_then_test() -> None:
    regions = [
        Region(image, split, 0, 0, 16, 16, image)
        for image, split in [("z", "train"), ("a", "test"), ("b", "val"), ("c", "train")]
    ]
    placed = [(p.region.split, p.region.image) for p in place_tiles(regions, config(), 1)]
    assert placed == [("train", "c"), ("train", "z"), ("val", "b"), ("test", "a")]


def test_an_image_smaller_than_a_tile_is_named_with_its_size() -> None:
    regions = [
        Region("big", "train", 0, 0, 64, 64, "big"),
        Region("small", "train", 0, 0, 64, 15, "small"),
    ]
    with pytest.raises(UserError, match=r"small(.|\n)*16 × 16 px(.|\n)*64 × 15 px"):
        place_tiles(regions, config(), 1)


def test_a_strip_too_narrow_is_left_out_where_others_hold_tiles() -> None:
    regions = [
        Region("a", "train", 0, 0, 64, 64, "a"),
        Region("a", "val", 0, 70, 64, 80, "a"),
        Region("b", "val", 0, 0, 64, 64, "b"),
    ]
    assert [len(p.origins) for p in place_tiles(regions, config(), 1)] == [16, 0, 16]


def test_a_split_without_any_tile_is_an_error() -> None:
    regions = [
        Region("a", "train", 0, 0, 64, 64, "a"),
        Region("a", "val", 0, 70, 64, 80, "a"),
    ]
    with pytest.raises(UserError, match=r"val tiles(.|\n)*a val 64 × 10 px"):
        place_tiles(regions, config(), 1)
