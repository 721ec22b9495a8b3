"""The baseline "class means": what is left of an image when each level is one flat grey."""

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import from_unit
from cytoforge.metrics.intensity import LevelCounts, level_counts
from cytoforge.tiles.tile_set import TileSet

TILES_AT_ONCE = 64


def class_means(train: LevelCounts) -> np.ndarray:
    """Return the mean unit intensity of each code and channel over the training tiles,
    float32 (K, C). A code unseen in training takes the mean over all pixels."""
    if not train.pixels.sum():
        raise ValueError("class means need at least one training tile")
    overall = train.total.sum(0) / train.pixels.sum()
    return np.where(train.pixels[:, None] > 0, train.mean, overall).astype(np.float32)


def fill_levels(label_map: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Fill each level of a label map (Y, X), codes below K, with its mean (K, C).

    Returns float32 (C, Y, X).

    >>> fill_levels(np.array([[1, 0]]), np.array([[0.25], [0.75]], dtype=np.float32)).tolist()
    [[[0.75, 0.25]]]
    """
    return np.ascontiguousarray(np.moveaxis(means[label_map], -1, 0))


def class_means_image(real: Image, label_map: np.ndarray, means: np.ndarray) -> Image:
    """Return the class means image of a label map, stored like the real image (dtype, ranges).

    Through the dtype, so that it is rounded to the same grey values as every other image.
    """
    pixels = from_unit(fill_levels(label_map, means), real.ranges, real.pixels.dtype)
    return Image(real.name, pixels, real.channels, real.ranges, real.pixel_size_um)


def train_level_counts(tiles: TileSet, n_codes: int) -> LevelCounts:
    """Return the level statistics of all training tiles, some tiles in memory at a time."""
    indices = tiles.indices("train")
    if not len(indices):
        raise UserError("the data set's train split", "at least one tile", "none")
    counts: LevelCounts | None = None
    for start in range(0, len(indices), TILES_AT_ONCE):
        some = indices[start : start + TILES_AT_ONCE]
        part = level_counts(tiles.unit(some), np.asarray(tiles["labels"][some]), n_codes)
        counts = part if counts is None else counts + part
    assert counts is not None
    return counts
