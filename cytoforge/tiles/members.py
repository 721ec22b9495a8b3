"""The images of a data set, each with its label map and instance labels, one at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cytoforge.config.tiles import DatasetConfig
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import objects_of_maps, read_manifest
from cytoforge.references.codes import Code
from cytoforge.references.instances import instances_from_label_map, object_instances
from cytoforge.references.label_map_file import read_label_map
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region

Member = tuple[Image, np.ndarray, np.ndarray]
"""Image, label map uint8 (Y, X), instance labels int32 (Y, X)."""


@dataclass(frozen=True)
class MadeSet:
    """A set that a model made, as a part of a data set.

    Attributes
    ----------
    manifest : its manifest.csv
    prefix : what its image names get in front of them, so that sets taken together share none
    rendered : folder of label maps `{name}.tif` that were rendered from its segmentation; None
        where the maps that its images were made of are taken
    segmented : folder of that segmentation, `{name}.ome.tif`
    maps_of : manifest.csv of the drawn set that its images were made of, with the exact objects
    """

    manifest: str
    prefix: str = ""
    rendered: str | None = None
    segmented: str | None = None
    maps_of: str | None = None


def members_of_real(
    images: Iterable[str | Path],
    label_maps: Iterable[str | Path],
    segmentations: Iterable[str | Path],
) -> Iterator[Member]:
    """Yield the images of samples.tsv; the three go image by image."""
    for image, labels, cells in zip(images, label_maps, segmentations, strict=True):
        yield read_image(image), read_label_map(labels), object_instances(read_segmentation(cells))


def unlabelled_members(images: Iterable[str | Path]) -> Iterator[Member]:
    """Yield images without label maps, with maps of nothing but zeros in their places."""
    for path in images:
        image = read_image(path)
        yield image, np.zeros(image.shape, np.uint8), np.zeros(image.shape, np.int32)


def members_of_made(
    made: MadeSet, codes: Sequence[Code], sources: Mapping[str, Path]
) -> Iterator[Member]:
    """Yield the images of a made set.

    Instance labels are those of its own segmentation where its maps were rendered from that, the
    exact ones of drawn maps, those of the real image behind the map, or else those found in the
    map.

    Parameters
    ----------
    sources : segmentations of the real images, by name
    """
    drawn = objects_of_maps(made.manifest, made.maps_of) if made.maps_of else {}
    for row in read_manifest(made.manifest):
        name, image = row["name"], read_image(row["image"])
        image = replace(image, name=made.prefix + name)
        if made.rendered is not None and made.segmented is not None:
            segmentation = read_segmentation(Path(made.segmented) / f"{name}.ome.tif")
            labels = read_label_map(Path(made.rendered) / f"{name}.tif")
            yield image, labels, object_instances(segmentation)
            continue
        labels = read_label_map(row["labels"])
        source = drawn.get(name) or sources.get(row["source"])
        if source is None:
            yield image, labels, instances_from_label_map(labels, codes)
        else:
            yield image, labels, object_instances(read_segmentation(source))


def regions_taken(
    regions: Iterable[Region], config: DatasetConfig, given: Collection[str]
) -> tuple[Region, ...]:
    """Return the regions of the images that a data set takes: all, or with `where` or `domains`
    those that are given."""
    some = config.where is not None or config.domains is not None
    return tuple(r for r in regions if not some or r.image in given)
