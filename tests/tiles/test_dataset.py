"""Data sets: right pixels, right order, the same bytes, checked input."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.split.region import Region
from cytoforge.tiles.cut import renumbered
from cytoforge.tiles.dataset import read_tiles, write_tiles
from cytoforge.tiles.members import regions_taken
from cytoforge.tiles.tile_set import TileSet
from tests.tiles.fields import CODES, REGIONS, config, field

Make = Callable[..., TileSet]
NAMES = ("images.npy", "labels.npy", "instances.npy", "manifest.csv", "dataset.json")
Source = tuple[Image, np.ndarray, np.ndarray]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_tiles_hold_the_source_pixels(make_tiles: Make, dtype: str) -> None:
    tiles = make_tiles(2, dtype)
    assert tiles["images"].dtype == dtype
    assert [row.split for row in tiles.manifest] == ["train"] * 8 + ["val"] * 8 + ["test"] * 8
    for index, row in enumerate(tiles.manifest):
        image, labels, _ = field(row.image, 2, dtype)
        box = np.s_[row.row : row.row + 16, row.col : row.col + 16]
        assert (tiles["images"][index] == image.pixels[:, box[0], box[1]]).all()
        assert (tiles["labels"][index] == labels[box]).all()
        assert row.gap_fraction == pytest.approx((labels[box] == 0).mean(), abs=1e-6)


def test_tiles_hold_the_channels_that_are_named_with_their_ranges(tmp_path: Path) -> None:
    images = [field(name, 3) for name in ("left", "middle", "right")]
    chosen = config(channels=["channel2", "channel0"])
    write_tiles(tmp_path, images, REGIONS, chosen, CODES, seed=1)
    tiles = read_tiles(tmp_path)
    assert tiles.info["channels"] == ["channel2", "channel0"]
    assert tiles.ranges("left") == (images[0][0].ranges[2], images[0][0].ranges[0])
    row = tiles.manifest[0]
    box = np.s_[[2, 0], row.row : row.row + 16, row.col : row.col + 16]
    np.testing.assert_array_equal(tiles["images"][0], images[0][0].pixels[box])


def test_a_named_channel_that_an_image_has_not_is_an_error(tmp_path: Path) -> None:
    chosen = config(channels=["channel0", "channel1"])
    with pytest.raises(UserError, match=r"no channel1 \(there: channel0\)"):
        write_tiles(tmp_path, [field("left")], REGIONS, chosen, CODES, seed=1)


def test_cells_are_numbered_anew_in_every_tile_and_keep_their_borders(make_tiles: Make) -> None:
    tiles = make_tiles()
    assert tiles["instances"].dtype == np.uint16
    for mine, row in zip(tiles["instances"], tiles.manifest, strict=True):
        source = field(row.image)[2][row.row : row.row + 16, row.col : row.col + 16]
        n = len(np.unique(source[source > 0]))
        assert np.unique(mine[mine > 0]).tolist() == list(range(1, n + 1))
        # One number a cell and one cell a number: pairs are as many as either.
        assert len(np.unique(np.stack([source, mine]).reshape(2, -1), axis=1).T) == n + 1
        assert ((mine == 0) == (source == 0)).all()


def test_a_tile_of_a_few_cells_by_hand() -> None:
    cells = np.array([[0, 7, 7], [900, 0, 7], [900, 900, 3]], dtype=np.int32)
    assert renumbered(cells, "t").tolist() == [[0, 2, 2], [3, 0, 2], [3, 3, 1]]
    assert renumbered(np.full((2, 2), 4), "t").tolist() == [[1, 1], [1, 1]]
    assert renumbered(np.zeros((2, 2), dtype=np.int32), "t").tolist() == [[0, 0], [0, 0]]


def test_more_cells_than_uint16_counts_are_an_error() -> None:
    most = np.arange(256 * 256).reshape(256, 256)
    assert renumbered(most, "t").max() == 65535
    with pytest.raises(UserError, match=r"tile t(.|\n)*65535(.|\n)*65536"):
        renumbered(most + 1, "t")


def test_names_and_hashes(make_tiles: Make) -> None:
    tiles = make_tiles()
    assert tiles.manifest[1].name == "left_r00000_c00016"
    assert len({row.name for row in tiles.manifest}) == len(tiles.manifest)
    for tile, row in zip(tiles["images"], tiles.manifest, strict=True):
        assert row.sha256 == hashlib.sha256(tile.tobytes()).hexdigest()


def test_unit_tiles_equal_the_unit_image(make_tiles: Make) -> None:
    tiles = make_tiles(2)
    indices = [20, 3, 9, 4]
    for index, unit in zip(indices, tiles.unit(indices), strict=True):
        row = tiles.manifest[index]
        whole = to_unit(field(row.image, 2)[0])
        assert unit.dtype == np.float32
        assert (unit == whole[:, row.row : row.row + 16, row.col : row.col + 16]).all()


def test_unit_of_no_tiles_is_empty(make_tiles: Make) -> None:
    assert make_tiles().unit([]).shape == (0, 1, 16, 16)


def test_dataset_json(make_tiles: Make) -> None:
    tiles = make_tiles(2)
    info = tiles.info
    assert (info["tile_px"], info["dtype"]) == (16, "uint16")
    assert info["channels"] == ["channel0", "channel1"]
    assert info["ranges"]["left"] == [[0.0, 150.0, "percentile"], [10.0, 151.0, "percentile"]]
    assert info["pixel_size_um"] == {"left": 0.5, "middle": 0.5, "right": 0.5}
    assert tiles.codes == CODES
    for split in ("train", "val", "test"):
        labels = tiles["labels"][tiles.indices(split)]
        assert info["class_pixels"][split] == [(labels == code).sum() for code in range(3)]


def test_the_order_of_images_does_not_change_a_byte(tmp_path: Path) -> None:
    images = [field(region.image) for region in REGIONS]
    random = config(sampler={"method": "random", "per_image": 3}, max_gap_fraction=0.34)
    for folder, order in (("one", images), ("two", images[::-1])):
        write_tiles(tmp_path / folder, order, REGIONS, random, CODES, seed=7)
    for name in NAMES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_label_slices_around_are_cut_where_the_image_is(tmp_path: Path) -> None:
    images = [field(region.image) for region in REGIONS]
    around = {
        image.name: np.stack([labels ^ 1, labels.T[::-1, :].T]) for image, labels, _ in images
    }
    chosen = config(neighbours=1, max_gap_fraction=0.35)
    write_tiles(tmp_path, images, REGIONS, chosen, CODES, seed=1, neighbours=around.__getitem__)
    tiles = read_tiles(tmp_path)
    assert tiles["neighbours"].shape == (len(tiles.manifest), 2, 16, 16)
    for row, plane in zip(tiles.manifest, tiles["neighbours"], strict=True):
        box = np.s_[:, row.row : row.row + 16, row.col : row.col + 16]
        assert (plane == around[row.image][box]).all()
    write_tiles(tmp_path / "segmenters", images, REGIONS, chosen, CODES, 1)
    assert "neighbours" not in read_tiles(tmp_path / "segmenters").planes


def test_balance_leaves_out_training_tiles_in_the_gap(make_tiles: Make) -> None:
    every = make_tiles()
    middle = sorted(row.gap_fraction for row in every.manifest if row.split == "train")[3]
    wanted = [r for r in every.manifest if r.split != "train" or r.gap_fraction <= middle]
    images = np.array(every["images"])
    kept = make_tiles(max_gap_fraction=middle)
    assert kept.manifest == wanted
    positions = [every.manifest.index(row) for row in wanted]
    assert (kept["images"] == images[positions]).all()
    left_out = len(every.manifest) - len(wanted)
    assert left_out > 0
    assert kept.info["placements"][0] == {
        "image": "left",
        "split": "train",
        "method": "grid",
        "asked": None,
        "obtained": 8 - left_out,
        "left_out": left_out,
    }
    assert sum(kept.info["class_pixels"]["train"]) == (8 - left_out) * 256


def test_the_array_files_are_those_of_numpy_save(make_tiles: Make, tmp_path: Path) -> None:
    tiles = make_tiles(2, max_gap_fraction=0.33)
    assert 0 < len(tiles.indices("train")) < 8
    for name in ("images", "labels", "instances"):
        np.save(tmp_path / f"{name}.npy", tiles[name])
        written = (tmp_path / "tiles" / f"{name}.npy").read_bytes()
        assert (tmp_path / f"{name}.npy").read_bytes() == written


def test_no_training_tile_left_is_an_error(make_tiles: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none of 8"):
        make_tiles(max_gap_fraction=0.01)
    assert list((tmp_path / "tiles").iterdir()) == []


def test_only_one_image_is_in_memory(tmp_path: Path) -> None:
    n, side = 12, 256
    regions = [Region(f"i{k:02d}", "train", 0, 0, side, side, f"i{k:02d}") for k in range(n)]

    def images() -> Iterator[Source]:
        for region in regions:
            yield field(region.image, 4, "uint16", (side, side))

    tracemalloc.start()
    write_tiles(tmp_path, images(), regions, config(tile_px=64), CODES, seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    total = n * side * side * 4 * 2
    assert (tmp_path / "images.npy").stat().st_size > total
    assert peak < total


def wrong_images(kind: str) -> list[Source]:
    images = [field(region.image) for region in REGIONS]
    image, labels, cells = images[1]
    changed = {
        "channels": (replace(image, channels=("other",)), labels, cells),
        "dtype": (replace(image, pixels=image.pixels.astype("uint8")), labels, cells),
        "label shape": (image, labels[:-1], cells),
        "label dtype": (image, labels.astype("int32"), cells),
        "code 3": (image, np.where(labels == 1, 3, labels).astype("uint8"), cells),
        "cell shape": (image, labels, cells[:, :-1]),
        "cell dtype": (image, labels, cells.astype("float32")),
        "smaller": (replace(image, pixels=image.pixels[:, :39]), labels[:39], cells[:39]),
        "unknown": (replace(image, name="elsewhere"), labels, cells),
        "twice": images[0],
    }
    return [images[0], *([changed[kind]] if kind != "missing" else []), images[2]]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("channels", "image middle(.|\n)*channels channel0(.|\n)*channels other"),
        ("dtype", "uint16, as in left(.|\n)*uint8"),
        ("label shape", "label map of image middle(.|\n)*40 × 64(.|\n)*39 × 64"),
        ("label dtype", "int32"),
        ("cell shape", "instance labels of image middle(.|\n)*40 × 64(.|\n)*40 × 63"),
        ("cell dtype", "instance labels of image middle(.|\n)*float32"),
        ("code 3", "codes 0 to 2(.|\n)*code 3"),
        ("smaller", "image middle(.|\n)*40 × 64 px(.|\n)*39 × 64 px"),
        ("unknown", "image elsewhere"),
        ("twice", "image left(.|\n)*given twice"),
        ("missing", "no middle"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_written(
    tmp_path: Path, kind: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        write_tiles(tmp_path, wrong_images(kind), REGIONS, config(), CODES, seed=1)
    assert list(tmp_path.iterdir()) == []


class TestReading:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_missing_file_is_named(self, make_tiles: Make, tmp_path: Path, name: str) -> None:
        make_tiles()
        (tmp_path / "tiles" / name).unlink()
        with pytest.raises(UserError, match=rf"{name}(.|\n)*make the tiles again"):
            read_tiles(tmp_path / "tiles")

    def test_files_of_two_data_sets_are_refused(self, make_tiles: Make, tmp_path: Path) -> None:
        make_tiles()
        manifest = tmp_path / "tiles" / "manifest.csv"
        manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
        with pytest.raises(UserError, match="23, 1, 16, 16"):
            read_tiles(tmp_path / "tiles")

    def test_a_broken_manifest_row_is_named(self, make_tiles: Make, tmp_path: Path) -> None:
        make_tiles()
        manifest = tmp_path / "tiles" / "manifest.csv"
        manifest.write_text(manifest.read_text().replace(",val,", ",vall,", 1))
        with pytest.raises(UserError, match="line 10"):
            read_tiles(tmp_path / "tiles")

    def test_json_is_plain(self, make_tiles: Make, tmp_path: Path) -> None:
        make_tiles()
        text = (tmp_path / "tiles" / "dataset.json").read_text()
        assert json.loads(text)["codes"][2]["name"] == "nucleus"


def test_a_data_set_of_some_images_takes_their_regions_alone():
    regions = [Region(name, "train", 0, 0, 8, 8, name) for name in ("ihc", "he")]
    every = DatasetConfig(reference="drawn", tile_px=16)
    some = DatasetConfig(reference="drawn", tile_px=16, where={"stain": "HE"})
    assert [r.image for r in regions_taken(regions, every, ["he"])] == ["ihc", "he"]
    assert [r.image for r in regions_taken(regions, some, ["he"])] == ["he"]
