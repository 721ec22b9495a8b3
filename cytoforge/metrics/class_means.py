"""The two trivial baselines: class means, what is left of an image when each level is one flat
grey; and grainy means, the same blurred by a pixel with the grain of a camera on it.

The second is there because the first is easily beaten: on the shipped images three lines that know
nothing of cells beat class means on LPIPS and Fréchet distance alike. What a generator has learnt
is what it is better at than both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import from_unit
from cytoforge.metrics.intensity import LevelCounts, level_counts
from cytoforge.seeds import generator
from cytoforge.tiles.tile_set import TileSet

TILES_AT_ONCE = 64
BLUR_PX = 1.0  # SD of the Gaussian that softens the edges between levels
GRAIN = 0.35  # SD of the grain, in SDs of the level in the training tiles


@dataclass(frozen=True)
class TrivialImages:
    """What the two trivial baselines know: of each code and channel mean and SD of the unit
    intensity over the training tiles, float32 (K, C)."""

    means: np.ndarray
    sds: np.ndarray
    seed: int

    def images(self, real: Image, label_map: np.ndarray) -> dict[str, Image]:
        """Return the image of each baseline by its name, stored like the real image."""
        flat = fill_levels(label_map, self.means)
        grainy = grainy_means(label_map, self.means, self.sds, self.seed, real.name)
        return {"class_means": stored_like(real, flat), "grainy_means": stored_like(real, grainy)}


def trivial_images(train: LevelCounts, seed: int) -> TrivialImages:
    """Return the baselines of the training tiles; codes unseen there have no grain."""
    return TrivialImages(class_means(train), np.nan_to_num(train.sd).astype(np.float32), seed)


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


def grainy_means(
    label_map: np.ndarray, means: np.ndarray, sds: np.ndarray, seed: int, image_name: str
) -> np.ndarray:
    """Blur class means by a Gaussian of 1 px and add white noise of 0.35 SDs of each level.

    label_map (Y, X), means and sds (K, C); returns float32 (C, Y, X), clipped to [0, 1]. The noise
    depends on the seed and the name of the image alone.
    """
    soft = gaussian_filter(fill_levels(label_map, means), (0, BLUR_PX, BLUR_PX))
    random = generator(seed, "metrics", "grainy_means", image_name)
    noise = random.standard_normal(soft.shape, np.float32)
    return np.clip(soft + GRAIN * fill_levels(label_map, sds) * noise, 0, 1)


def stored_like(real: Image, unit: np.ndarray) -> Image:
    """Return unit intensities (C, Y, X) as an image like the real one (dtype, ranges).

    Through the dtype, so that it is rounded to the same grey values as every other image.
    """
    pixels = from_unit(unit, real.ranges, real.pixels.dtype)
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
