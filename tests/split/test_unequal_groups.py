"""Groups of unequal size: the numbers of images come as near to the fractions as they can."""

import time
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.config.split import SplitConfig, SplitFractions
from cytoforge.split.region import SPLITS
from cytoforge.split.regions import SplitSource, split_regions
from cytoforge.split.unequal_groups import nearest_assignment

DEFAULT = SplitFractions(train=0.6, val=0.15, test=0.25)
NO_VAL = SplitFractions(train=0.7, val=0.0, test=0.3)


def images_in(sizes: list[int], splits: tuple[str, ...] | list[str]) -> dict[str, int]:
    counts = Counter(dict.fromkeys(SPLITS, 0))
    for size, split in zip(sizes, splits, strict=True):
        counts[split] += size
    return counts


def distance(
    sizes: list[int], splits: tuple[str, ...] | list[str], shares: SplitFractions
) -> float:
    counts = images_in(sizes, splits)
    return sum((counts[split] - getattr(shares, split) * sum(sizes)) ** 2 for split in SPLITS)


def least_of_all(sizes: list[int], shares: SplitFractions) -> float:
    """Look at every assignment that leaves no split with a fraction empty."""
    asked = {split for split in SPLITS if getattr(shares, split) > 0}
    every = product(SPLITS, repeat=len(sizes))
    return min(distance(sizes, splits, shares) for splits in every if set(splits) == asked)


@pytest.mark.parametrize("shares", [DEFAULT, NO_VAL])
@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=3, max_size=7))
def test_no_other_assignment_is_nearer(sizes: list[int], shares: SplitFractions) -> None:
    found = nearest_assignment(sizes, shares)
    assert distance(sizes, found, shares) == pytest.approx(least_of_all(sizes, shares))


@pytest.mark.parametrize("seed", range(5))
def test_wells_of_2_1_3_and_2_images_are_divided_5_to_1_to_2(seed: int) -> None:
    wells = [well for well, n in zip("abcd", (2, 1, 3, 2), strict=True) for _ in range(n)]
    images = [SplitSource(f"i{i}", 64, 64, {"well": well}) for i, well in enumerate(wells)]
    regions = split_regions(images, SplitConfig(by="well"), seed)
    assert Counter(r.split for r in regions) == {"train": 5, "val": 1, "test": 2}
    homes = {(region.group, region.split) for region in regions}
    assert len(homes) == 4


def test_another_seed_may_give_other_wells_to_test() -> None:
    wells = [well for well, n in zip("abcd", (2, 1, 3, 2), strict=True) for _ in range(n)]
    images = [SplitSource(f"i{i}", 64, 64, {"well": well}) for i, well in enumerate(wells)]
    in_test = {
        region.group
        for seed in range(10)
        for region in split_regions(images, SplitConfig(by="well"), seed)
        if region.split == "test"
    }
    assert in_test == {"a", "d"}


def test_of_one_very_large_group_the_others_fill_the_rest() -> None:
    assert nearest_assignment([1, 50, 1], DEFAULT) == ["test", "train", "val"]


def test_thousands_of_groups_are_exact_to_an_image_and_quick() -> None:
    sizes = [1 + (7 * i) % 12 for i in range(1000)]
    start = time.process_time()
    counts = images_in(sizes, nearest_assignment(sizes, DEFAULT))
    assert time.process_time() - start < 5
    for split in SPLITS:
        assert counts[split] == pytest.approx(getattr(DEFAULT, split) * sum(sizes), abs=1)
