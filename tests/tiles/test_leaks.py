"""The leak check passes clean data and finds each planted leak."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.split.region import Region
from cytoforge.tiles.leaks import check_leaks, check_overlap
from cytoforge.tiles.manifest import TileRow, tile_name
from cytoforge.tiles.tile_set import TileSet
from tests.tiles.fields import REGIONS

Make = Callable[..., TileSet]
BLOCKS = SplitConfig(by="blocks", guard_px=8, block_px=16)


def tile_set(placed: list[tuple[str, str, int, int]], images: np.ndarray | None = None) -> TileSet:
    """A data set of 16 px noise tiles from (image, split, row, col); group = image."""
    n = len(placed)
    if images is None:
        images = np.random.default_rng(0).integers(0, 255, (n, 1, 16, 16), dtype=np.uint8)
    rows = [
        TileRow(
            name=tile_name(image, row, col),
            image=image,
            row=row,
            col=col,
            split=split,
            group=image,
            gap_fraction=0.0,
            sha256=hashlib.sha256(images[i].tobytes()).hexdigest(),
        )
        for i, (image, split, row, col) in enumerate(placed)
    ]
    labels = np.zeros((n, 16, 16), dtype=np.uint8)
    none = np.zeros((n, 16, 16), dtype=np.uint16)
    planes = {"images": images, "labels": labels, "instances": none}
    channels = images.shape[1]
    ranges = {row.image: [[0.0, 255.0, "none"]] * channels for row in rows}
    info = {"tile_px": 16, "channels": ["c"] * channels, "ranges": ranges}
    return TileSet(planes, rows, info)


def whole(image: str, split: str) -> Region:
    return Region(image, split, 0, 0, 64, 64, image)


def test_clean_data_give_a_proof_in_json(make_tiles: Make) -> None:
    proof = check_leaks(make_tiles(), REGIONS, SplitConfig())
    assert json.loads(json.dumps(proof)) == proof
    assert proof["passed"] is True
    assert proof["tiles"] == {"train": 8, "val": 8, "test": 8}
    assert proof["groups"] == {"train": ["left"], "val": ["middle"], "test": ["right"]}
    assert proof["smallest_tile_distance_px"] is None


def test_strips_report_their_distances() -> None:
    regions = [Region("a", "train", 0, 0, 64, 40, "a"), Region("a", "test", 0, 48, 64, 64, "a")]
    tiles = tile_set([("a", "train", 0, 0), ("a", "train", 0, 20), ("a", "test", 0, 48)])
    proof = check_leaks(tiles, regions, BLOCKS)
    assert proof["images_in_several_splits"] == 1
    assert proof["smallest_region_distance_px"] == {"train and test": 8}
    assert proof["smallest_tile_distance_px"] == 48 - 36


def test_a_tile_outside_its_region() -> None:
    tiles = tile_set([("a", "train", 0, 49), ("b", "test", 0, 0)])
    with pytest.raises(UserError, match="a_r00000_c00049"):
        check_leaks(tiles, [whole("a", "train"), whole("b", "test")], SplitConfig())


def test_a_tile_in_the_wrong_split() -> None:
    tiles = tile_set([("a", "train", 0, 0), ("b", "train", 0, 0)])
    with pytest.raises(UserError, match="b_r00000_c00000 inside a train region"):
        check_leaks(tiles, [whole("a", "train"), whole("b", "test")], SplitConfig())


def test_a_group_in_two_splits() -> None:
    regions = [replace(whole("a", "train"), group="w"), replace(whole("b", "test"), group="w")]
    tiles = tile_set([("a", "train", 0, 0)])
    tiles.manifest[0] = replace(tiles.manifest[0], group="w")
    with pytest.raises(UserError, match=r"group w(.|\n)*image a in train, image b in test"):
        check_leaks(tiles, regions, SplitConfig(by="well"))


def test_strips_without_by_blocks() -> None:
    regions = [Region("a", "train", 0, 0, 64, 32, "a"), Region("a", "test", 0, 48, 64, 64, "a")]
    with pytest.raises(UserError, match="group a in one split"):
        check_leaks(tile_set([("a", "train", 0, 0)]), regions, SplitConfig())


def test_strips_closer_than_the_guard() -> None:
    regions = [Region("a", "train", 0, 0, 64, 41, "a"), Region("a", "test", 0, 48, 64, 64, "a")]
    with pytest.raises(UserError, match=r"at least 8 px apart(.|\n)*7 px"):
        check_leaks(tile_set([("a", "train", 0, 0)]), regions, BLOCKS)


def test_strips_that_cross_in_two_planes_of_a_stack() -> None:
    regions = [
        Region("z0", "train", 0, 0, 64, 40, "stack"),
        Region("z1", "test", 0, 30, 64, 64, "stack"),
    ]
    with pytest.raises(UserError, match="train and test of stack at least 8 px apart"):
        check_leaks(tile_set([]), regions, BLOCKS)


def test_an_image_with_two_groups() -> None:
    regions = [whole("a", "train"), replace(whole("a", "test"), group="other")]
    with pytest.raises(UserError, match="one group for image a"):
        check_leaks(tile_set([]), regions, SplitConfig())


@pytest.mark.parametrize(("row", "col", "leaks"), [(15, 0, True), (15, 15, True), (16, 0, False)])
def test_overlapping_tiles_of_two_splits(row: int, col: int, leaks: bool) -> None:
    tiles = tile_set([("a", "train", 30, 0), ("a", "train", 0, 0), ("a", "test", row, col)])
    tiles.manifest[0] = replace(tiles.manifest[0], row=60)
    if not leaks:
        assert check_overlap(tiles.manifest, 16) == 0
        return
    with pytest.raises(UserError, match=r"a_r00000_c00000 \(train\) and a_r00015"):
        check_overlap(tiles.manifest, 16)


def test_the_distance_agrees_with_all_pairs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        origins = rng.integers(0, 400, (30, 2))
        splits = rng.choice(["train", "val", "test"], 30)
        rows = tile_set(
            [("a", s, int(r), int(c)) for s, (r, c) in zip(splits, origins, strict=True)]
        )
        least = min(
            max(abs(origins[i] - origins[j])) - 2
            for i in range(30)
            for j in range(i)
            if splits[i] != splits[j]
        )
        if least < 0:
            with pytest.raises(UserError, match="overlap"):
                check_overlap(rows.manifest, 2)
        else:
            assert check_overlap(rows.manifest, 2) == least


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_same_content_under_two_names(split: str) -> None:
    images = np.random.default_rng(0).integers(0, 255, (2, 1, 16, 16), dtype=np.uint8)
    images[1] = images[0]
    tiles = tile_set([("a", "train", 0, 0), ("b", split, 32, 32)], images)
    message = rf"a_r00000_c00000 \(train\) and b_r00032_c00032 \({split}\)"
    with pytest.raises(UserError, match=message):
        check_leaks(tiles, [whole("a", "train"), whole("b", split)], SplitConfig())


@pytest.mark.parametrize("change", ["one pixel", "noise"])
def test_nearly_the_same_tile_in_two_splits_is_pointed_at(change: str) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(50, 200, (3, 1, 16, 16), dtype=np.uint8)
    images[2] = images[1]
    if change == "one pixel":
        images[2, 0, 3, 3] += 50
    else:
        images[2, 0] += rng.integers(0, 2, (16, 16), dtype=np.uint8)
    tiles = tile_set([("a", "train", 0, 0), ("a", "train", 0, 20), ("b", "test", 0, 0)], images)
    proof = check_leaks(tiles, [whole("a", "train"), whole("b", "test")], SplitConfig())
    found = proof["most_alike_tiles"]
    assert found["tiles"] == ["a_r00000_c00020 (train)", "b_r00000_c00000 (test)"]
    assert found["correlation"] >= found["suspect_from"]


def test_unrelated_tiles_are_not_suspect() -> None:
    tiles = tile_set([("a", "train", 0, 0), ("a", "train", 0, 20), ("b", "test", 0, 0)])
    proof = check_leaks(tiles, [whole("a", "train"), whole("b", "test")], SplitConfig())
    found = proof["most_alike_tiles"]
    assert found["tiles"][1] == "b_r00000_c00000 (test)"
    assert found["correlation"] < found["suspect_from"]


def test_blank_tiles_are_counted_and_allowed() -> None:
    images = np.full((3, 2, 16, 16), 7, dtype=np.uint8)
    images[:, 1] = 9
    tiles = tile_set([("a", "train", 0, 0), ("b", "test", 0, 0), ("b", "test", 0, 32)], images)
    proof = check_leaks(tiles, [whole("a", "train"), whole("b", "test")], SplitConfig())
    assert proof["blank_tiles_with_equal_content"] == 2


def test_content_other_than_the_manifest_says() -> None:
    tiles = tile_set([("a", "train", 0, 0)])
    tiles["images"][0, 0, 0, 0] += 1
    with pytest.raises(UserError, match="a_r00000_c00000 as the manifest"):
        check_leaks(tiles, [whole("a", "train")], SplitConfig())


def test_ten_thousand_tiles_of_one_image_are_fast() -> None:
    side = 100 * 16
    regions = [
        Region("a", "train", 0, 0, side, 800, "a"),
        Region("a", "test", 0, 808, side, 808 + 800, "a"),
    ]
    tiles = tile_set(
        [("a", "train", 16 * r, 16 * c) for r in range(100) for c in range(50)]
        + [("a", "test", 16 * r, 808 + 16 * c) for r in range(100) for c in range(50)]
    )
    start = time.perf_counter()
    proof = check_leaks(tiles, regions, BLOCKS)
    assert proof["smallest_tile_distance_px"] == 8
    # Measured 0.1 to 0.2 s; all pairs in Python would take a minute.
    assert time.perf_counter() - start < 5
