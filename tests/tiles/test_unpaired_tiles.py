"""Label maps of one domain and images of another: cut together, and learned from each by itself."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.split import SplitConfig
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.seeds import generator
from cytoforge.split.domains import DomainImages
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.dataset import write_tiles
from cytoforge.tiles.leaks import check_leaks
from cytoforge.tiles.members import Member, regions_taken, unlabelled_members
from cytoforge.tiles.tile_set import TileSet, read_tiles
from cytoforge.training.tile_data import training_data

CT, MR = [f"ct_{split}" for split in SPLITS], [f"mr_{split}" for split in SPLITS]
DOMAINS = DomainImages({"ct": CT, "mr": MR})
REGIONS = [
    Region(name, split, 0, 0, 32, 32, group=name)
    for names in (CT, MR)
    for name, split in zip(names, SPLITS, strict=True)
]
CODES = class_codes([MapClass("air", (0,)), MapClass("liver", (5,)), MapClass("bone", (9,))])


def image(name: str) -> Image:
    """Noise that no two images share; CT in a window, MR by percentiles of the body."""
    pixels = generator(1, name).uniform(0, 100, (1, 32, 32)).astype(np.float32)
    scale = (-1000, 1000, "window") if name in CT else (0, 200, "body")
    return Image(name, pixels, ("grey",), (ChannelRange(*scale),), 3000.0)


def config(**settings: object) -> DatasetConfig:
    values = {"reference": "organs", "tile_px": 16, "min_classes": 2}
    domains = {"ct": {"modality": "CT"}, "mr": {"modality": "MR"}}
    return DatasetConfig.model_validate({**values, "domains": domains, **settings})


def cut(folder: Path, background: int = 0) -> TileSet:
    """Label maps with a liver in the left half of each tile, but for tiles of `background`."""
    labels = np.tile(np.repeat(np.array([1, 2], np.uint8), 8), (32, 2))
    labels[:background] = 0
    none = np.zeros((32, 32), np.int32)
    for name in MR:
        write_image(folder / f"{name}.ome.tif", image(name))
    members: list[Member] = [(image(name), labels, none) for name in CT]
    members += unlabelled_members(folder / f"{name}.ome.tif" for name in MR)
    write_tiles(folder / "tiles", members, REGIONS, config(), CODES, 1, DOMAINS)
    return read_tiles(folder / "tiles")


def test_labels_are_of_the_first_domain_and_images_of_the_second(tmp_path: Path):
    data = training_data(cut(tmp_path))
    assert {n: plane.shape for n, plane in data.train.items()} == {
        "labels": (4, 16, 16), "images": (4, 1, 16, 16),
    }  # fmt: skip
    assert set(np.unique(data.train["labels"])) == {1, 2}
    expected = image("mr_train").pixels[:, :16, :16] / 200  # by its own range, not the CT's
    assert data.train["images"][0] == pytest.approx(expected)
    assert data.apart and data.n_codes == 3
    assert data.info["ranges"] == [[0, 200, "body"]]  # of what is made
    assert data.info["domains"] == ["ct", "mr"]
    assert data.info["training_images"] == ["ct_train", "mr_train"]


def test_rules_for_label_maps_leave_images_without_any_alone(tmp_path: Path):
    tiles = cut(tmp_path, background=16)  # the upper two of the four tiles of each map
    counts = {one["name"]: one["tiles"]["train"] for one in tiles.info["domains"]}
    assert counts == {"ct": 2, "mr": 4}
    assert tiles.info["class_pixels"]["train"] == [0, 256, 256]  # and no air of MR
    assert check_leaks(tiles, REGIONS, SplitConfig())["passed"]


def test_a_first_domain_without_classes_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="at least 2 classes"):
        cut(tmp_path, background=32)


def test_images_of_neither_domain_are_not_cut():
    other = Region("us", "train", 0, 0, 32, 32, group="us")
    taken = regions_taken([*REGIONS, other], config(), {*CT, *MR})
    assert list(taken) == REGIONS


@pytest.mark.parametrize("key", ["pairs", "share", "crop_px", "export_pairs"])
def test_keys_that_mean_nothing_here_are_refused(key: str):
    value = {"pairs": "partner", "share": 0.5, "crop_px": 32, "export_pairs": True}[key]
    with pytest.raises(ValueError, match=f"`{key}` is not for data sets with both"):
        config(**{key: value})
