"""Images of two domains by columns of samples.tsv: their pairs, their splits, a part of them."""

import numpy as np
import pytest
import tifffile

from cytoforge.config.split import SplitConfig, SplitFractions
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.split.domains import check_domains, images_of_domains, join_pairs
from cytoforge.split.membership import images_in_split
from cytoforge.split.regions import SplitSource, split_regions

DOMAINS = {"ihc": {"stain": "IHC"}, "he": {"stain": "HE"}}
SPLIT = SplitConfig()


def samples(**stains: str) -> dict[str, Sample]:
    """Images by name, with their stain, and a partner's name behind a slash."""
    made = {}
    for name, cell in stains.items():
        stain, _, partner = cell.partition("/")
        made[name] = Sample(name, {"path": f"{name}.tif"}, {"stain": stain, "partner": partner})
    return made


def dataset(**settings: object) -> DatasetConfig:
    return DatasetConfig.model_validate({"domains": DOMAINS, "tile_px": 16, **settings})


def problems(block: DatasetConfig, table: dict[str, Sample], split: SplitConfig = SPLIT) -> str:
    joined = join_pairs(table, {"d": block})
    splits = images_in_split(joined.values(), split, 1)
    with pytest.raises(UserError) as caught:
        check_domains({"d": block}, joined, splits, split)
    return str(caught.value)


MANY = samples(**{f"i{k}": "IHC" for k in range(5)}, **{f"h{k}": "HE" for k in range(5)})


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        ({"ihc": {"stian": "IHC"}, "he": {"stain": "HE"}}, "did you mean `stain`?"),
        ({"ihc": {"stain": "IHCC"}, "he": {"stain": "HE"}}, "did you mean `IHC`?"),
        ({"ihc": {"stain": "IHC"}, "he": {"stain": "IHC"}}, "image i0 is of both"),
    ],
)
def test_columns_and_values_are_those_of_the_table(domains: dict, expected: str):
    assert expected in problems(dataset(domains=domains), MANY)


def test_within_a_column_each_split_has_images_of_both_domains():
    split = SplitConfig(within="stain")
    for seed in range(20):
        for names in images_in_split(MANY.values(), split, seed).values():
            assert {name[0] for name in names} == {"i", "h"}


def test_a_patient_with_both_stains_is_in_one_split():
    table = {
        f"{kind}{k}": Sample(f"{kind}{k}", {}, {"stain": kind, "patient": f"p{k}"})
        for k in range(6)
        for kind in "ih"
    }
    for names in images_in_split(
        table.values(), SplitConfig(by="patient", within="stain"), 1
    ).values():
        assert {name[1] for name in names if name[0] == "i"} == {n[1] for n in names if n[0] == "h"}


def test_a_split_without_one_of_the_domains_is_named():
    few = samples(i0="IHC", h0="HE", h1="HE", h2="HE")
    text = problems(dataset(), few)
    assert "datasets.d.domains.ihc: no image in" in text
    assert "set split.within to the column of the domains (stain)" in text


def test_the_only_image_of_a_stain_is_cut_alone():
    only = SplitSource("slide", 400, 200, {"split": "blocks", "stain": "IHC"})
    others = [SplitSource(f"h{k}", 50, 60, {"stain": "HE"}) for k in range(5)]
    config = SplitConfig(within="stain", block_px=64, guard_px=8)
    regions = split_regions([only, *others], config, 1)
    assert [r.split for r in regions if r.image == "slide"] == ["train", "val", "test"]
    whole = [(r.row0, r.col0, r.row1, r.col1) for r in regions if r.image != "slide"]
    assert whole == [(0, 0, 50, 60)] * 5


PAIRED = samples(i0="IHC/h0", i1="IHC/h1", i2="IHC/h2", h0="HE", h1="HE", h2="HE")


def test_partners_lie_in_one_split_and_come_in_one_order():
    block = dataset(pairs="partner")
    joined = join_pairs(PAIRED, {"d": block})
    splits = images_in_split(joined.values(), SPLIT, 1)
    check_domains({"d": block}, joined, splits, SPLIT)
    assert sorted(len(names) for names in splits.values()) == [2, 2, 2]
    found = images_of_domains("d", block, joined, splits, 1)
    assert found.pairs == {"i0": "h0", "i1": "h1", "i2": "h2"}


def test_either_row_may_name_the_partner():
    table = samples(i0="IHC", i1="IHC", i2="IHC", h0="HE/i2", h1="HE/i1", h2="HE/i0")
    block = dataset(pairs="partner")
    splits = images_in_split(join_pairs(table, {"d": block}).values(), SPLIT, 1)
    assert images_of_domains("d", block, table, splits, 1).pairs == {
        "i0": "h2", "i1": "h1", "i2": "h0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"i2": "IHC"}, "image i2 has no partner in column 'partner'"),
        ({"i2": "IHC/h9"}, "'h9', the partner of i2, is no image of the other domain"),
        ({"i2": "IHC/h1"}, "h1 is the partner of both i1 and i2"),
        ({"h3": "HE"}, "image h3 is nobody's partner"),
        ({"h0": "HE/i1"}, "h0 is the partner of i0, and names i1"),
    ],
)
def test_what_is_no_pair_is_named(change: dict[str, str], expected: str):
    assert expected in problems(dataset(pairs="partner"), {**PAIRED, **samples(**change)})


def test_partners_of_two_sizes_are_named(tmp_path):
    table = {}
    for name, sample in PAIRED.items():
        file = tmp_path / f"{name}.tif"
        tifffile.imwrite(file, np.zeros((20, 30 if name == "h1" else 20), np.uint8))
        table[name] = Sample(name, {"path": str(file)}, sample.columns)
    assert "i1 and h1 differ in size (20 × 20 px and 20 × 30 px)" in problems(
        dataset(pairs="partner"), table
    )


def test_a_share_is_drawn_of_each_split_and_is_not_the_first_images():
    table = samples(**{f"i{k:02}": "IHC" for k in range(20)}, **{f"h{k}": "HE" for k in range(5)})
    split = SplitConfig(within="stain", fractions=SplitFractions(train=0.5, val=0.25, test=0.25))
    splits = images_in_split(table.values(), split, 1)
    half = images_of_domains("d", dataset(share=0.5), table, splits, 1).of["ihc"]
    counts = {part: len(set(half) & set(names)) for part, names in splits.items()}
    assert counts == {"train": 5, "val": 2, "test": 2}
    assert half != [f"i{k:02}" for k in range(len(half))]
    assert half == sorted(half)
    other = images_of_domains("d", dataset(share=0.5), table, splits, 2).of["ihc"]
    assert half != other
