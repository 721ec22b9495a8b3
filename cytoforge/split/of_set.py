"""Which regions of a set's images belong to train, val and test."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cytoforge.config.split import SplitConfig
from cytoforge.images.ome import read_shape
from cytoforge.images.set_manifest import read_manifest
from cytoforge.split.region import SPLITS, Region
from cytoforge.split.regions import SplitSource, split_regions


def regions_of_set(
    manifest: str | Path, prefix: str, real: Sequence[Region], config: SplitConfig, seed: int
) -> tuple[Region, ...]:
    """Return the regions of a set's images, sorted by image name and then train, val, test.

    An image that was made from one of samples.tsv has the regions, and the group, of that one: what
    was a test cell there is none for training here. All others are divided among themselves, whole;
    where the config says `by: blocks` and there are fewer than splits, into strips.

    Parameters
    ----------
    prefix : what image names get in front of them (see `cytoforge.tiles.members`)
    real : regions of the images of samples.tsv
    """
    rows = read_manifest(manifest)
    sources = {region.image for region in real}
    inherited = [
        replace(region, image=prefix + row["name"])
        for row in rows
        for region in real
        if region.image == row["source"]
    ]
    others = [
        SplitSource(prefix + row["name"], *read_shape(row["image"]))
        for row in rows
        if row["source"] not in sources
    ]
    used = [split for split in SPLITS if getattr(config.fractions, split) > 0]
    few = config.by == "blocks" and len(others) < len(used)
    by_image = config if few else config.model_copy(update={"by": "image"})
    own = split_regions(others, by_image, seed) if others else ()
    return tuple(sorted((*inherited, *own), key=lambda region: region.image))
