"""Splits: whole groups, right numbers, strips with guards."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.config.split import SplitConfig, SplitFractions
from cytoforge.errors import UserError
from cytoforge.split.region import SPLITS, Region
from cytoforge.split.regions import SplitSource, split_counts, split_regions


def sources(n: int, **columns: list[str]) -> list[SplitSource]:
    return [
        SplitSource(f"field{i:03d}", 512, 512, {name: v[i] for name, v in columns.items()})
        for i in range(n)
    ]


def split_of(regions: tuple[Region, ...]) -> dict[str, str]:
    return {region.image: region.split for region in regions}


def test_ten_images_by_the_default_shares() -> None:
    regions = split_regions(sources(10), SplitConfig(), 1)
    assert Counter(region.split for region in regions) == {"train": 6, "val": 2, "test": 2}
    assert regions[0] == Region("field000", regions[0].split, 0, 0, 512, 512, "field000")


@given(
    n=st.integers(3, 60),
    shares=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 1)),
)
def test_counts_fill_up_and_leave_no_split_empty(
    n: int, shares: tuple[float, float, float]
) -> None:
    total = sum(shares)
    train, val = shares[0] / total, shares[1] / total
    fractions = SplitFractions(train=train, val=val, test=max(0.0, 1 - train - val))
    counts = split_counts(n, fractions)
    assert sum(counts.values()) == n
    assert min(counts.values()) >= 1
    for split in SPLITS:
        wanted = getattr(fractions, split) * n
        if wanted >= 1:  # below that the least of one group takes from the others
            assert counts[split] < wanted + 1


def test_a_share_of_zero_gets_no_group() -> None:
    fractions = SplitFractions(train=0.75, val=0.0, test=0.25)
    assert split_counts(4, fractions) == {"train": 3, "val": 0, "test": 1}


@given(st.permutations(range(12)))
def test_the_order_of_images_plays_no_part(order: list[int]) -> None:
    images = sources(12)
    shuffled = [images[i] for i in order]
    assert split_regions(shuffled, SplitConfig(), 5) == split_regions(images, SplitConfig(), 5)


@pytest.mark.parametrize("seed", range(10))
def test_one_image_more_moves_few_others(seed: int) -> None:
    before = split_of(split_regions(sources(40), SplitConfig(), seed))
    after = split_of(split_regions(sources(41), SplitConfig(), seed))
    assert sum(before[name] != after[name] for name in before) <= 2


def test_another_seed_gives_another_split() -> None:
    assert split_regions(sources(20), SplitConfig(), 1) != split_regions(
        sources(20), SplitConfig(), 2
    )


def test_images_of_one_well_stay_together() -> None:
    wells = [f"w{i // 4}" for i in range(24)]
    regions = split_regions(sources(24, well=wells), SplitConfig(by="well"), 3)
    homes = {region.group: set() for region in regions}
    for region in regions:
        homes[region.group].add(region.split)
    assert len(homes) == 6
    assert all(len(splits) == 1 for splits in homes.values())


@pytest.mark.parametrize("by", ["image", "blocks"])
def test_planes_of_a_stack_count_as_one_image(by: str) -> None:
    stacks = [f"stack{i // 3}" for i in range(30)]
    regions = split_regions(sources(30, image=stacks), SplitConfig(by=by), 1)
    assert {region.group for region in regions} == set(stacks)
    places: dict[str, set[tuple[str, int, int]]] = {}
    for region in regions:
        places.setdefault(region.group, set()).add((region.split, region.col0, region.col1))
    assert {len(place) for place in places.values()} == {3 if by == "blocks" else 1}


def test_two_images_ask_for_blocks() -> None:
    with pytest.raises(UserError, match="by: blocks"):
        split_regions(sources(2), SplitConfig(), 1)


def test_a_mistyped_column_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean `well`"):
        split_regions(sources(3, well=["a", "b", "c"]), SplitConfig(by="wel"), 1)


def test_an_empty_cell_names_the_image() -> None:
    with pytest.raises(UserError, match="field001"):
        split_regions(sources(3, well=["a", "", "c"]), SplitConfig(by="well"), 1)


def test_the_same_name_twice_is_refused() -> None:
    with pytest.raises(UserError, match="field000 twice"):
        split_regions([*sources(3), *sources(1)], SplitConfig(), 1)


def test_no_images_are_refused() -> None:
    with pytest.raises(UserError, match="at least one image"):
        split_regions([], SplitConfig(), 1)


class TestColumnSplit:
    def test_it_overrules_the_shares(self) -> None:
        images = sources(4, split=["test", "train", "val", "train"])
        regions = split_regions(images, SplitConfig(by="blocks"), 1)
        assert [region.split for region in regions] == ["test", "train", "val", "train"]
        assert all(region.row1 == region.col1 == 512 for region in regions)

    def test_an_empty_column_is_as_none(self) -> None:
        images = sources(5, split=[""] * 5)
        assert split_regions(images, SplitConfig(), 1) == split_regions(
            sources(5), SplitConfig(), 1
        )

    @pytest.mark.parametrize("wrong", ["", "validation", "Train"])
    def test_other_values_name_the_image(self, wrong: str) -> None:
        with pytest.raises(UserError, match="field002"):
            split_regions(sources(3, split=["train", "test", wrong]), SplitConfig(), 1)

    def test_a_group_torn_apart_is_refused(self) -> None:
        images = sources(3, split=["train", "test", "val"], well=["a", "a", "b"])
        with pytest.raises(UserError, match="field000 in train, field001 in test"):
            split_regions(images, SplitConfig(by="well"), 1)

    def test_a_split_without_images_is_refused(self) -> None:
        with pytest.raises(UserError, match="at least one image in val"):
            split_regions(sources(3, split=["train", "test", "test"]), SplitConfig(), 1)


class TestBlocks:
    def test_strips_of_one_image(self) -> None:
        config = SplitConfig(by="blocks", guard_px=32, block_px=128)
        regions = split_regions([SplitSource("a", 100, 1000, {})], config, 1)
        spans = sorted((r.col0, r.col1, r.split) for r in regions)
        forward = [(0, 552, "train"), (584, 712, "val"), (744, 1000, "test")]
        backward = [(0, 256, "test"), (288, 416, "val"), (448, 1000, "train")]
        assert spans in (forward, backward)
        assert all((r.row0, r.row1, r.group) == (0, 100, "a") for r in regions)

    def test_tall_images_are_cut_across(self) -> None:
        regions = split_regions([SplitSource("a", 1000, 100, {})], SplitConfig(by="blocks"), 1)
        assert all((r.col0, r.col1) == (0, 100) for r in regions)

    def test_both_orders_occur(self) -> None:
        regions = split_regions(sources(20), SplitConfig(by="blocks"), 1)
        assert {r.col0 == 0 for r in regions if r.split == "train"} == {True, False}

    @settings(deadline=None)
    @given(
        height=st.integers(200, 3000),
        width=st.integers(200, 3000),
        guard=st.integers(0, 60),
        block=st.integers(16, 300),
        seed=st.integers(0, 50),
    )
    def test_strips_are_apart_and_inside(
        self, height: int, width: int, guard: int, block: int, seed: int
    ) -> None:
        config = SplitConfig(by="blocks", guard_px=guard, block_px=block)
        try:
            regions = split_regions([SplitSource("a", height, width, {})], config, seed)
        except UserError as error:
            assert "for training" in str(error)  # noqa: PT017
            return
        across = height <= width
        spans = sorted((r.col0, r.col1) if across else (r.row0, r.row1) for r in regions)
        assert spans[0][0] == 0
        assert spans[2][1] == max(height, width)
        assert [b[0] - a[1] for a, b in pairwise(spans)] == [guard] * 2
        lengths = {r.split: max(r.col1 - r.col0, 0) if across else r.row1 - r.row0 for r in regions}
        assert lengths["val"] % block == 0 < lengths["val"]
        assert lengths["test"] % block == 0 < lengths["test"]
        assert lengths["train"] >= block

    def test_too_small_an_image_says_the_numbers(self) -> None:
        with pytest.raises(UserError, match=r"36 px of 356 px, after val 128 px, test 128 px"):
            split_regions([SplitSource("a", 50, 356, {})], SplitConfig(by="blocks"), 1)

    def test_no_val_needs_no_guard_for_it(self) -> None:
        fractions = SplitFractions(train=0.5, val=0.0, test=0.5)
        config = SplitConfig(by="blocks", fractions=fractions, guard_px=10, block_px=16)
        regions = split_regions([SplitSource("a", 16, 106, {})], config, 1)
        assert {r.split: r.col1 - r.col0 for r in regions} == {"train": 48, "test": 48}
