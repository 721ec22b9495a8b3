"""Training data out of a tile set."""

import statistics
from typing import Any

import numpy as np

from cytoforge.tiles.tile_set import TileSet
from cytoforge.training.data import TrainingData


def training_data(tiles: TileSet) -> TrainingData:
    """Load the train and val tiles of a tile set into memory."""
    train, val = tiles.indices("train"), tiles.indices("val")
    codes = tiles.info["codes"]
    red_green_blue = [tuple(int(part) for part in code["colour"]) for code in codes]
    return TrainingData(
        train=tiles.arrays(train),
        val=tiles.arrays(val),
        n_codes=len(codes),
        colours=tuple((red, green, blue) for red, green, blue in red_green_blue),
        info=_image_facts(tiles, train),
    )


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
