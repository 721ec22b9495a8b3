"""The training tiles of one kind of images, real, synthetic or re-rendered, with exact objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image, read_shape
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.atomic import write_json
from cytoforge.references.codes import Code
from cytoforge.references.label_map_file import read_label_map
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region
from cytoforge.synthesis.exact_truth import exact_truth
from cytoforge.tiles.dataset import write_tiles
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import read_tiles


@dataclass(frozen=True)
class Learnable:
    """An image that can be learned from: files of its pixels, label map and true objects.

    source : the image of samples.tsv that it is, or whose label map it was generated from; any
        other name, or "", of a new map
    """

    name: str
    image: Path
    labels: Path
    truth: Path
    source: str = ""


def real_images(
    images: Mapping[str, Path], labels: Mapping[str, Path], truth: Mapping[str, Path]
) -> list[Learnable]:
    """Return real images by name, with their label maps and the segmentations that are true."""
    return [Learnable(name, path, labels[name], truth[name], name) for name, path in images.items()]


def images_of_set(
    manifest: str | Path | None, maps_of: str | Path | None, truth: Mapping[str, Path]
) -> list[Learnable]:
    """Return the images of a made set, each with the objects that it was generated from; none of no
    set.

    maps_of, truth : the drawn set behind it, or segmentations of real images, as for `exact_truth`
    """
    if not manifest:
        return []
    exact = exact_truth(manifest, maps_of or None, truth)
    return [
        Learnable(name, Path(row["image"]), Path(row["labels"]), exact[name], row["source"])
        for row in read_manifest(manifest)
        if (name := row["name"])
    ]


def cut_tiles_of_kind(
    folder: Path,
    images: Sequence[Learnable],
    regions: Sequence[Region],
    objects: str,
    config: DatasetConfig,
    codes: tuple[Code, ...],
    seed: int,
) -> None:
    """Write a data set of training tiles, whose instance labels are the true objects, and
    leak_check.json beside it.

    Of real images, and of those that were generated from their label maps, only training regions
    are cut; images of new maps are cut whole, since nothing of them is tested. Real tiles lie where
    those of the data set `config` lie.

    Parameters
    ----------
    regions : of the real images
    objects : name of the plane of true objects, `cells` or `nuclei`

    Raises UserError where no image has a training region.
    """
    places = tuple(place for one in images for place in training_regions(one, regions))
    if not places:
        raise UserError(
            where="utility",
            expected="images with a training region",
            found="none",
            fix="give the split a fraction for train; of a set, leave `split` out or take `train`",
        )
    cut = {place.image for place in places}
    taken = sorted((one for one in images if one.name in cut), key=lambda one: one.name)
    write_tiles(folder, _members(taken, objects), places, config, codes, seed)
    tiles = read_tiles(folder)
    known = {region.image for region in regions}
    sources = {one.name: one.source if one.source in known else "" for one in taken}
    of_real = check_apart(tiles.manifest, config.tile_px, sources, regions)
    proof = {"passed": True, "tiles": len(tiles.manifest), "in_training_regions_of_real": of_real}
    write_json(folder / "leak_check.json", proof)


def training_regions(image: Learnable, regions: Sequence[Region]) -> list[Region]:
    """Return where an image may be learned from: the training regions of its source, or all of an
    image of a new map."""
    if all(region.image != image.source for region in regions):
        height, width = read_shape(image.image)
        return [Region(image.name, "train", 0, 0, height, width, image.name)]
    return [
        replace(region, image=image.name)
        for region in regions
        if region.image == image.source and region.split == "train"
    ]


def _members(
    images: Sequence[Learnable], objects: str
) -> Iterator[tuple[Image, np.ndarray, np.ndarray]]:
    for one in images:
        image = replace(read_image(one.image), name=one.name)
        yield image, read_label_map(one.labels), read_segmentation(one.truth)[objects]


def check_apart(
    tiles: Sequence[TileRow],
    tile_px: int,
    sources: Mapping[str, str],
    regions: Sequence[Region],
) -> int:
    """Return how many tiles show real images, or what was generated from their label maps.

    sources : real image behind each image, "" where there is none

    Raises UserError where one of them lies outside the training regions of its real image.
    """
    train = [region for region in regions if region.split == "train"]
    count = 0
    for tile in tiles:
        source = sources[tile.image]
        homes = [region for region in train if region.image == source]
        if source and not any(one.contains(tile.row, tile.col, tile_px, tile_px) for one in homes):
            raise UserError(
                where="utility: leak check",
                expected=f"tile {tile.name} inside a training region of {source}",
                found=f"{len(homes)} such regions, none of which holds it",
                fix="delete the split and the tiles, and run again",
            )
        count += bool(source)
    return count
