"""A data set of two domains as training reads it: planes `images_a` and `images_b`, or `labels` of
the first and `images` of the second.

The tiles of both lie in one array, `images`, those of the first domain before those of the second;
dataset.json says which image is of which domain. Of paired domains the k-th tiles of both show the
same field. Where the data set has label maps, those of the second domain say nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cytoforge.config.tiles import DatasetConfig
from cytoforge.split.domains import DomainImages
from cytoforge.split.region import SPLITS, Split
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import TileSet

PLANES = ("images_a", "images_b")


@dataclass(frozen=True)
class DomainTiles:
    """The tiles of a split by domain.

    Attributes
    ----------
    names : of the two domains, the first is translated into the second
    indices : of each domain's tiles in the arrays
    """

    names: tuple[str, ...]
    indices: tuple[np.ndarray, ...]


def described(
    domains: DomainImages, config: DatasetConfig, rows: Sequence[TileRow]
) -> dict[str, Any]:
    """Return what dataset.json says of domains: whether they are paired, and of each name, columns,
    images and numbers of tiles."""
    counts = Counter((row.image, str(row.split)) for row in rows)
    return {
        "paired": domains.paired,
        "domains": [
            {
                "name": name,
                "columns": dict((config.domains or {})[name]),
                "images": sorted(images),
                "tiles": {split: sum(counts[image, split] for image in images) for split in SPLITS},
            }
            for name, images in domains.of.items()
        ],
    }


def side_in_image(info: Mapping[str, Any]) -> int:
    """Return the side in px that a tile has in its image: more than a tile's own where crops were
    averaged."""
    return int(info.get("crop_px") or info["tile_px"])


def has_domains(info: Mapping[str, Any]) -> bool:
    """Return whether a data set, by its dataset.json, is of two domains."""
    return "domains" in info


def tiles_by_domain(tiles: TileSet, split: Split) -> DomainTiles:
    """Return which tiles of a split are of which domain."""
    info: Mapping[str, Any] = tiles.info
    indices = tiles.indices(split)
    images = [tiles.manifest[index].image for index in indices]
    own = [set(domain["images"]) for domain in info["domains"]]
    found = [indices[np.array([image in mine for image in images], bool)] for mine in own]
    return DomainTiles(tuple(domain["name"] for domain in info["domains"]), tuple(found))


def domain_arrays(tiles: TileSet, split: Split) -> dict[str, np.ndarray]:
    """Return `images_a` and `images_b` of a split, float32 (N, C, T, T) in [0, 1]; of a data set
    with label maps `labels` of the first domain, uint8 (N, T, T), and `images` of the second."""
    found = tiles_by_domain(tiles, split).indices
    if "labels" in tiles.planes:
        labels = np.ascontiguousarray(tiles["labels"][found[0]])
        return {"labels": labels, "images": tiles.unit(found[1])}
    return {plane: tiles.unit(mine) for plane, mine in zip(PLANES, found, strict=True)}


def draw_weights(tiles: TileSet) -> dict[str, np.ndarray]:
    """Return how often training tiles are drawn, float64 (N,) of sum 1, by plane; {} where all are
    drawn alike.

    Of a domain with a stain to be seen, positive tiles make up `share` of all that is drawn, unless
    they are as many anyway, or there are none.
    """
    info: Mapping[str, Any] = tiles.info
    positive = info.get("positive")
    if positive is None:
        return {}
    found = tiles_by_domain(tiles, "train")
    which = found.names.index(positive["domain"])
    fractions = np.array([positive["fractions"][index] for index in found.indices[which]])
    is_positive = fractions >= positive["from_fraction"]
    count, share = int(is_positive.sum()), positive["share"]
    if count == 0 or count >= share * len(fractions):
        return {}
    weights = np.where(is_positive, share / count, (1 - share) / (len(fractions) - count))
    # Paired planes are drawn together, by the weights of either.
    planes = PLANES if info["paired"] else (PLANES[which],)
    return dict.fromkeys(planes, weights)
