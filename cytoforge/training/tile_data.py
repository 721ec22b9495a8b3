"""Training data out of a tile set."""

import statistics
from typing import Any

import numpy as np

from cytoforge.images.picture import Colour
from cytoforge.tiles.domain_tiles import (
    domain_arrays,
    draw_weights,
    has_domains,
    side_in_image,
    tiles_by_domain,
)
from cytoforge.tiles.tile_set import TileSet
from cytoforge.training.data import TrainingData


def training_data(tiles: TileSet) -> TrainingData:
    """Load the train and val tiles of a tile set into memory."""
    if has_domains(tiles.info):
        return _of_domains(tiles)
    train, val = tiles.indices("train"), tiles.indices("val")
    return TrainingData(
        train=tiles.arrays(train),
        val=tiles.arrays(val),
        n_codes=len(tiles.info["codes"]),
        colours=_colours(tiles),
        info=_image_facts(tiles, train),
    )


def _of_domains(tiles: TileSet) -> TrainingData:
    if "labels" in tiles.planes:
        return _of_maps_and_domain(tiles)
    found = tiles_by_domain(tiles, "train")
    facts = [_image_facts(tiles, mine) for mine in found.indices]
    info: dict[str, Any] = dict(tiles.info)
    return TrainingData(
        train=domain_arrays(tiles, "train"),
        val=domain_arrays(tiles, "val"),
        n_codes=0,
        colours=(),
        # Of what is made: the second domain's, but for what both have.
        info={
            **facts[1],
            "training_images": sorted(image for one in facts for image in one["training_images"]),
            "domains": list(found.names),
            "domain_ranges": [one["ranges"] for one in facts],
            "domain_pixel_size_um": [one["pixel_size_um"] for one in facts],
            "paired": info["paired"],
            "crop_px": side_in_image(info),
        },
        apart=not info["paired"],
        weights=draw_weights(tiles),
    )


def _of_maps_and_domain(tiles: TileSet) -> TrainingData:
    """Return label maps of the first domain and images of the second, each by itself."""
    found = tiles_by_domain(tiles, "train")
    labelled, pictured = found.indices
    facts, maps_from = _image_facts(tiles, pictured), _image_facts(tiles, labelled)
    return TrainingData(
        train=domain_arrays(tiles, "train"),
        val=domain_arrays(tiles, "val"),
        n_codes=len(tiles.info["codes"]),
        colours=_colours(tiles),
        info={
            **facts,
            "training_images": sorted({*facts["training_images"], *maps_from["training_images"]}),
            "domains": list(found.names),
        },
        apart=True,
    )


def _colours(tiles: TileSet) -> tuple[Colour, ...]:
    found = [tuple(int(part) for part in code["colour"]) for code in tiles.info["codes"]]
    return tuple((red, green, blue) for red, green, blue in found)


def _image_facts(tiles: TileSet, train: np.ndarray) -> dict[str, Any]:
    sources = sorted({tiles.manifest[index].image for index in train})
    sizes = [tiles.info["pixel_size_um"].get(source) for source in sources]
    known = [size for size in sizes if size is not None]
    return {
        "codes": tiles.info["codes"],
        "channels": tiles.info["channels"],
        "tile_px": tiles.info["tile_px"],
        "dtype": tiles.info["dtype"],
        "ranges": [
            _median_range([tiles.info["ranges"][source][channel] for source in sources])
            for channel in range(len(tiles.info["channels"]))
        ],
        "pixel_size_um": statistics.median(known) if known else None,
        "training_images": sources,
    }


def _median_range(ranges: list[list[Any]]) -> list[Any]:
    lows, highs, methods = zip(*ranges, strict=True)
    return [statistics.median(lows), statistics.median(highs), methods[0]]
