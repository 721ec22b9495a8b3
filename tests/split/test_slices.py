"""Blocks of slices of one volume, with guards between them, and slices as partners of slices."""

from itertools import pairwise

import pytest

from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.split.membership import images_in_split, split_columns
from cytoforge.split.slices import divide_slices, learned_slices, pair_slices, without_guards

CONFIG = SplitConfig(by="slices", guard_slices=2, slice_rounds=1)


def slices(volume: str = "ct", count: int = 24, **columns: str) -> list[Sample]:
    return [
        Sample(
            f"{volume}_z{n:02d}",
            {"path": f"{volume}.nii"},
            {"volume": volume, **columns},
            plane={"z": n},
            stack=volume,
        )
        for n in range(1, count + 1)
    ]


def test_blocks_lie_apart_and_the_guards_belong_to_none():
    notices: list[str] = []
    found = divide_slices(slices(), CONFIG, 1, notices)
    blocks = {
        split: [one.plane["z"] for one in found if one.split == split]
        for split in ("train", "val", "test")
    }
    # 20 of 24 slices are divided 12 : 3 : 5.
    assert {split: len(numbers) for split, numbers in blocks.items()} == {
        "train": 12,
        "val": 3,
        "test": 5,
    }
    for numbers in blocks.values():
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
    edges = sorted((numbers[0], numbers[-1]) for numbers in blocks.values())
    assert [b[0] - a[1] for a, b in pairwise(edges)] == [3, 3]
    assert "1 times over: train 12, val 3, test 5, and 4 between them" in notices[0]
    assert "One body is in all splits" in notices[0]


def test_splits_alternate_so_that_each_has_all_parts_of_a_body():
    config = SplitConfig(by="slices", guard_slices=1, slice_rounds=3)
    found = divide_slices(slices(count=44), config, 1, [])
    for part in (range(1, 16), range(16, 30), range(30, 45)):
        assert {one.split for one in found if one.plane["z"] in part} >= {"train", "val", "test"}
    assert [one.plane["z"] for one in found] == [*range(1, 45)]
    for one, following in pairwise(found):  # no two neighbours are of different splits
        assert "guard" in (one.split, following.split) or one.split == following.split
    assert [one.split for one in found].count("guard") == 8  # between nine blocks


def test_a_short_volume_has_fewer_rounds():
    config = SplitConfig(by="slices", guard_slices=2, slice_rounds=4)
    found = divide_slices(slices(count=20), config, 1, [])
    assert [one.split for one in found].count("guard") == 2 * 5  # between six blocks: two rounds


def test_the_splits_that_rules_see_are_those_blocks():
    found = divide_slices(slices(), CONFIG, 1, [])
    members = images_in_split(found, CONFIG, 1)  # and guards in none
    assert {split: len(names) for split, names in members.items()} == {
        "train": 12,
        "val": 3,
        "test": 5,
    }
    named = {one.name: one for one in found}
    assert len(named) == 24
    assert set(without_guards(named, named)) == {
        name for names in members.values() for name in names
    }
    assert split_columns(found[0], CONFIG)["volume"] == "ct"  # whose slices are alike, and may be


def test_otherwise_all_slices_of_a_volume_stay_together():
    images = [one for name in "abcd" for one in slices(name, 5)]
    assert divide_slices(images, SplitConfig(), 1, []) == tuple(images)
    members = images_in_split(images, SplitConfig(), 1)
    homes = [{name.split("_")[0] for name in names} for names in members.values()]
    assert sum(len(home) for home in homes) == 4


def test_too_few_slices_and_plain_images_are_told():
    with pytest.raises(UserError, match="at least 7 slices: 3 splits and 4 between them"):
        divide_slices(slices(count=6), CONFIG, 1, [])
    with pytest.raises(UserError, match="field, an image of its own"):
        divide_slices([Sample("field", {"path": "a.tif"})], CONFIG, 1, [])


def test_partners_of_volumes_are_partners_of_their_slices():
    images = slices("a_mr", 3, pair="a_ct") + slices("a_ct", 3, pair="a_mr")
    domains = {"mr": {"modality": "mr"}, "ct": {"modality": "ct"}}
    dataset = DatasetConfig.model_validate({"domains": domains, "pairs": "pair"})
    found = {one.name: one for one in pair_slices(images, {"d": dataset})}
    assert found["a_mr_z02"].columns["pair"] == "a_ct_z02"
    assert found["a_ct_z03"].columns["pair"] == "a_mr_z03"


def test_percentiles_are_learned_from_the_training_slices_of_a_divided_volume_alone():
    samples = [*slices(count=6), *slices("other", 2)]
    train = ["ct_z02", "ct_z05", "other_z01"]
    assert learned_slices(CONFIG, samples, "ct", train) == [2, 5]
    assert learned_slices(SplitConfig(by="patient"), samples, "ct", train) is None
