"""The test regions of real and made images as a set of images, to be segmented like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.provenance import sha256_file
from cytoforge.metrics.class_means import TrivialImages, train_level_counts, trivial_images
from cytoforge.references.label_map_file import read_label_map
from cytoforge.split.region import Region
from cytoforge.tiles.tile_set import read_tiles

# The real image segmented again is the baseline: what cutting out a region alone costs.
SIDES = ("real", "generator", "class_means", "grainy_means")


@dataclass(frozen=True)
class FieldPaths:
    """Where everything of one image lies: canonical images, label map, segmentation."""

    real: Path
    synthetic: Path
    labels: Path
    segmentation: Path


def field_paths(
    made: Mapping[str, Path],
    real: Sequence[str | Path],
    label_maps: Sequence[str | Path],
    segmentations: Sequence[str | Path],
) -> dict[str, FieldPaths]:
    """Return where everything of each image lies, of the images that have all of it, by name."""

    def by_name(paths: Sequence[str | Path]) -> dict[str, Path]:
        return {Path(path).name.split(".")[0]: Path(path) for path in paths}

    sides = (by_name(real), dict(made), by_name(label_maps), by_name(segmentations))
    names = sorted(set.intersection(*(set(side) for side in sides)))
    return {name: FieldPaths(*(side[name] for side in sides)) for name in names}


def cut_regions(
    paths: Mapping[str, FieldPaths],
    regions: tuple[Region, ...],
    tiles: str | Path,
    output: str | Path,
    seed: int,
) -> None:
    """Write `fields/{side}_{image}_r{row}_c{col}.ome.tif` of every test region, and manifest.csv.

    Sides are the real image, the one that the model made, and the two trivial baselines.

    Parameters
    ----------
    paths : by image name; regions of other images are left out
    tiles : folder of the model's data set, whose training tiles give the trivial baselines
    seed : of their grain, that of the score
    """
    tile_set, output, rows = read_tiles(tiles), Path(output), []
    trivial = trivial_images(train_level_counts(tile_set, len(tile_set.codes)), seed)
    for name, where in paths.items():
        images, _ = read_sides(where, trivial)
        own = [region for region in regions if (region.image, region.split) == (name, "test")]
        for region in own:
            for side, image in images.items():
                cropped = replace(crop_image(image, region), name=region_name(side, region))
                rows.append(_write(output, cropped, side, region))
    write_manifest(output, rows)


def region_name(side: str, region: Region) -> str:
    """Return the name of a region's image in the set.

    >>> region_name("real", Region("a", "test", 0, 128, 64, 256, "a"))
    'real_a_r0_c128'
    """
    return f"{side}_{region.image}_r{region.row0}_c{region.col0}"


def _write(output: Path, image: Image, side: str, region: Region) -> dict[str, str]:
    file = f"fields/{image.name}.ome.tif"
    write_image(output / file, image)
    return {
        "name": image.name,
        "image": file,
        "image_sha256": sha256_file(output / file),
        "source": region.image,
        "side": side,
        "row": str(region.row0),
        "col": str(region.col0),
    }


def read_sides(where: FieldPaths, trivial: TrivialImages) -> tuple[dict[str, Image], np.ndarray]:
    """Return the images of every side, all with the channels that are made, and the label map.

    Raises UserError where the files do not show the same field.
    """
    real, synthetic = read_image(where.real), read_image(where.synthetic)
    label_map = read_label_map(where.labels, len(trivial.means))
    check_same_field(where.synthetic, synthetic.shape, real)
    check_same_field(where.labels, (label_map.shape[0], label_map.shape[1]), real)
    if not set(synthetic.channels) <= set(real.channels):
        raise UserError(
            str(where.synthetic),
            f"channels of {where.real}: {', '.join(real.channels)}",
            ", ".join(synthetic.channels),
            "train the model again: its channels have changed",
        )
    real = real.with_channels(synthetic.channels)  # others are for segmentation only
    return {"real": real, "generator": synthetic, **trivial.images(real, label_map)}, label_map


def crop_image(image: Image, region: Region) -> Image:
    """Cut a region out of an image; ranges, channels and pixel size stay."""
    box = np.s_[:, region.row0 : region.row1, region.col0 : region.col1]
    pixels = np.ascontiguousarray(image.pixels[box])
    return Image(image.name, pixels, image.channels, image.ranges, image.pixel_size_um)


def crop_map(label_map: np.ndarray, region: Region) -> np.ndarray:
    """Cut a region out of a label map (Y, X)."""
    return label_map[region.row0 : region.row1, region.col0 : region.col1]


def check_same_field(path: Path, found: tuple[int, int], real: Image) -> None:
    """Raise UserError unless a file shows the same field of view as the real image."""
    if found != real.shape:
        raise UserError(
            str(path),
            f"{real.shape[0]}×{real.shape[1]} px, as the real image {real.name}",
            f"{found[0]}×{found[1]} px",
            "delete the file and run again",
        )
