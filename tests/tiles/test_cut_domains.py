"""Tiles of two domains in one data set: by domain, in pairs, averaged, and never leaking."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.seeds import generator
from cytoforge.split.domains import DomainImages
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.cut_domains import averaged, write_domain_tiles
from cytoforge.tiles.domain_images import Member
from cytoforge.tiles.leaks import check_leaks
from cytoforge.tiles.tile_set import TileSet, read_tiles
from cytoforge.training.tile_data import training_data

RGB = ("red", "green", "blue")
BROWN, BLUE = (150, 90, 40), (110, 120, 180)
ONE, OTHER = [f"i{split}" for split in SPLITS], [f"h{split}" for split in SPLITS]
UNPAIRED = DomainImages({"ihc": ONE, "he": OTHER})
PAIRED = DomainImages({"ihc": ONE, "he": OTHER}, paired=True)
REGIONS = [
    Region(name, split, 0, 0, 64, 64, group=f"g{split}" if name in ONE else name)
    for names in (ONE, OTHER)
    for name, split in zip(names, SPLITS, strict=True)
]


def image(name: str, side: int = 64) -> Image:
    """Noise that no two images share."""
    pixels = generator(1, name).integers(0, 256, (3, side, side))
    return Image(name, pixels.astype(np.uint8), RGB, (ChannelRange(0, 255, "none"),) * 3, 0.5)


def config(**settings: object) -> DatasetConfig:
    domains = {"ihc": {"stain": "IHC"}, "he": {"stain": "HE"}}
    return DatasetConfig.model_validate({"domains": domains, "tile_px": 32, **settings})


@pytest.fixture
def cut(tmp_path: Path) -> Callable[..., TileSet]:
    def make(domains: DomainImages = UNPAIRED, members=None, **settings: object) -> TileSet:
        members = members or [Member(image(name)) for name in (*ONE, *OTHER)]
        write_domain_tiles(tmp_path, members, REGIONS, domains, config(**settings), seed=1)
        return read_tiles(tmp_path)

    return make


def test_each_domain_is_a_plane_of_its_own(cut):
    data = training_data(cut(DomainImages({"ihc": ONE, "he": OTHER})))
    assert {name: plane.shape for name, plane in data.train.items()} == {
        "images_a": (4, 3, 32, 32), "images_b": (4, 3, 32, 32),
    }  # fmt: skip
    assert data.train["images_b"][0] == pytest.approx(image("htrain").pixels[:, :32, :32] / 255)
    assert data.apart
    assert data.info["domains"] == ["ihc", "he"]
    assert data.info["training_images"] == ["htrain", "itrain"]


def test_the_order_of_images_changes_no_byte(cut, tmp_path):
    cut()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    cut(members=[Member(image(name)) for name in reversed((*ONE, *OTHER))])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_paired_tiles_show_the_same_place(cut):
    tiles = cut(PAIRED, pairs="partner", sampler={"method": "random", "per_image": 2})
    rows, half = tiles.manifest, len(tiles.manifest) // 2
    for one, other in zip(rows[:half], rows[half:], strict=True):
        assert other.image == PAIRED.pairs[one.image]
        assert (other.row, other.col, other.split) == (one.row, one.col, one.split)
    assert not training_data(tiles).apart


def test_tiles_beyond_what_is_known_are_left_out_of_both(cut):
    known = np.ones((64, 64), bool)
    known[:, -1] = False  # as after a move to the left
    members = [Member(image(name)) for name in ONE]
    members += [Member(image(name), known if name == "htrain" else None) for name in OTHER]
    data = training_data(cut(PAIRED, members, pairs="partner"))
    assert len(data.train["images_a"]) == len(data.train["images_b"]) == 2
    assert data.train["images_a"][1] == pytest.approx(image("itrain").pixels[:, 32:, :32] / 255)


def test_crops_are_averaged_to_tiles(cut):
    tiles = cut(crop_px=64)
    pixels = image("itrain").pixels
    assert tiles["images"][0, 1, 3, 5] == round(pixels[1, 6:8, 10:12].mean())
    assert tiles.info["pixel_size_um"]["itrain"] == 1.0
    assert tiles.info["crop_px"] == 64
    proof = check_leaks(tiles, REGIONS, SplitConfig())
    assert proof["passed"]


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_an_average_is_a_loop_over_squares(factor: int):
    pixels = np.random.default_rng(0).integers(0, 60_000, (2, 8, 12)).astype(np.uint16)
    slowly = [
        [[round(c[y : y + factor, x : x + factor].mean()) for x in range(0, 12, factor)]
         for y in range(0, 8, factor)]
        for c in pixels
    ]  # fmt: skip
    assert averaged(pixels, factor).tolist() == slowly


def test_positive_tiles_are_drawn_as_often_as_asked(cut):
    brown = image("itrain")
    pixels = np.empty((3, 64, 64), np.uint8)
    pixels[:] = np.array(BLUE)[:, None, None]
    pixels[:, :32, :32] = np.array(BROWN)[:, None, None]  # one of four tiles
    pixels[0] += np.arange(64, dtype=np.uint8)  # no two tiles alike
    members = [Member(replace(brown, pixels=pixels))]
    members += [Member(image(name)) for name in (*ONE[1:], *OTHER)]
    positive = {"domain": "ihc", "share": 0.7, "from_fraction": 0.5}
    data = training_data(cut(members=members, positive=positive))
    assert list(data.weights) == ["images_a"]
    assert data.weights["images_a"] == pytest.approx([0.7, 0.1, 0.1, 0.1])


def test_an_equal_tile_in_both_domains_is_a_leak(cut):
    copied = replace(image("itrain"), name="hval")
    names = [name for name in (*ONE, *OTHER) if name != "hval"]
    tiles = cut(members=[*(Member(image(name)) for name in names), Member(copied)])
    with pytest.raises(UserError, match="have the same"):
        check_leaks(tiles, REGIONS, SplitConfig())


def test_partners_in_two_splits_are_a_leak(cut):
    tiles = cut(PAIRED, pairs="partner")
    moved = [replace(r, split="test", group="gtrain") if r.image == "hval" else r for r in REGIONS]
    with pytest.raises(UserError, match="leak check"):
        check_leaks(tiles, moved, SplitConfig())


def test_images_of_two_kinds_are_refused(cut):
    grey = Image("hval", np.zeros((1, 64, 64), np.uint8), ("grey",), (), None)
    members = [Member(image(name)) for name in (*ONE, "htrain", "htest")]
    with pytest.raises(UserError, match="channels grey in uint8"):
        cut(members=[*members, Member(grey)])


def test_what_registration_left_is_reported(cut, tmp_path):
    from cytoforge.tiles.registration import Placed

    placed = Placed(1.5, 2.0, -3.0, 0.4, (0.2, 0.9))
    members = [Member(image(name)) for name in ONE]
    members += [Member(image(name), None, placed if name == "hval" else None) for name in OTHER]
    cut(PAIRED, members, pairs="partner", register=True)
    info = json.loads((tmp_path / "dataset.json").read_text())
    assert info["registration"]["hval"]["residual_px"] == 0.4
