"""Training tiles of each kind of images: only training regions of real ones, with true objects."""

import json
from pathlib import Path

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.ome import write_image
from cytoforge.metrics.utility.cut_tiles_of_kind import (
    Learnable,
    check_apart,
    cut_tiles_of_kind,
    training_regions,
)
from cytoforge.references.label_map_file import write_label_map
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import Region
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import read_tiles
from tests.tiles.fields import CODES, config, field

# Of each real image the left half is learned from, the right one tested.
REGIONS = [
    Region(name, split, 0, left, 40, left + 32, name)
    for name in ("real1", "real2")
    for split, left in (("train", 0), ("test", 32))
]


def learnable(folder: Path, name: str, source: str) -> Learnable:
    image, labels, cells = field(name)
    nuclei = np.where(np.arange(64) % 2, cells, 0).astype(np.int32)
    files = [
        folder / f"{name}{suffix}" for suffix in (".ome.tif", "_labels.tif", "_objects.ome.tif")
    ]
    write_image(files[0], image)
    write_label_map(files[1], labels, 0.5)
    planes = {"nuclei": ObjectPlane(nuclei, within="cells"), "cells": ObjectPlane(cells)}
    write_segmentation(files[2], Segmentation(planes, "exact"))
    return Learnable(name, *files, source)


def cut(folder: Path, images: list[Learnable], objects: str = "cells"):
    cut_tiles_of_kind(folder / "tiles", images, REGIONS, objects, config(), CODES, seed=1)
    return read_tiles(folder / "tiles")


def test_of_re_rendered_images_only_training_regions_are_cut(tmp_path: Path):
    images = [learnable(tmp_path, name, source) for name, source in (("made1", "real1"),)]
    tiles = cut(tmp_path, images)
    assert {(row.image, row.split) for row in tiles.manifest} == {("made1", "train")}
    assert max(row.col for row in tiles.manifest) + 16 <= 32
    proof = json.loads((tmp_path / "tiles" / "leak_check.json").read_text())
    assert proof["in_training_regions_of_real"] == proof["tiles"] == len(tiles.manifest)


def test_images_of_new_maps_are_cut_whole(tmp_path: Path):
    tiles = cut(tmp_path, [learnable(tmp_path, "new", "")])
    assert max(row.col for row in tiles.manifest) + 16 == 64
    assert training_regions(learnable(tmp_path, "new", ""), REGIONS)[0].col1 == 64


@pytest.mark.parametrize("objects", ["cells", "nuclei"])
def test_instances_are_the_true_objects_asked_for(tmp_path: Path, objects: str):
    one = learnable(tmp_path, "new", "")
    tiles = cut(tmp_path, [one], objects)
    cells = field("new")[2]
    truth = np.where(np.arange(64) % 2, cells, 0) if objects == "nuclei" else cells
    for row, labels in zip(tiles.manifest, tiles["instances"], strict=True):
        wanted = truth[row.row : row.row + 16, row.col : row.col + 16]
        assert np.array_equal(labels > 0, wanted > 0)
        assert len(np.unique(labels)) == len(np.unique(wanted))


def test_an_image_without_a_training_region_gives_no_tile(tmp_path: Path):
    tested_only = Region("real3", "test", 0, 0, 40, 64, "real3")
    image = learnable(tmp_path, "made", "real3")
    assert training_regions(image, [*REGIONS, tested_only]) == []
    with pytest.raises(UserError, match="images with a training region"):
        cut_tiles_of_kind(
            tmp_path / "tiles", [image], [tested_only], "cells", config(), CODES, seed=1
        )


def test_a_tile_that_reaches_into_a_test_region_is_found():
    inside, outside = (
        TileRow(f"t{col}", "made1", 0, col, "train", "made1", 0.0, "") for col in (16, 17)
    )
    sources = {"made1": "real1"}
    assert check_apart([inside], 16, sources, REGIONS) == 1
    with pytest.raises(UserError, match="t17 inside a training region of real1"):
        check_apart([outside], 16, sources, REGIONS)
    assert check_apart([outside], 16, {"made1": ""}, REGIONS) == 0
