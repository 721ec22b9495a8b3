"""Small images, regions and codes for the tests of tiles."""

import numpy as np

from cytoforge.config.tiles import DatasetConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.references.codes import Code
from cytoforge.split.region import Region

CODES = (
    Code(0, "gap", "gap", None, (0, 0, 0)),
    Code(1, "cytoplasm", "cytoplasm", None, (0, 255, 0)),
    Code(2, "nucleus", "nucleus", None, (0, 0, 255)),
)
REGIONS = (
    Region("left", "train", 0, 0, 40, 64, "left"),
    Region("middle", "val", 0, 0, 40, 64, "middle"),
    Region("right", "test", 0, 0, 40, 64, "right"),
)


def field(
    name: str, n_channels: int = 1, dtype: str = "uint16", shape: tuple[int, int] = (40, 64)
) -> tuple[Image, np.ndarray, np.ndarray]:
    """An image of noise that its name alone decides, a label map of noise, and square cells."""
    rng = np.random.default_rng(list(name.encode()))
    pixels = rng.integers(0, 200, (n_channels, *shape)).astype(dtype)
    ranges = tuple(ChannelRange(10.0 * c, 150.0 + c, "percentile") for c in range(n_channels))
    channels = tuple(f"channel{c}" for c in range(n_channels))
    labels = rng.integers(0, 3, shape, dtype=np.uint8)
    return Image(name, pixels, channels, ranges, 0.5), labels, square_cells(shape)


def square_cells(shape: tuple[int, int]) -> np.ndarray:
    """Instances of 6 × 6 px with 4 px between them, ids 5, 6, … row by row; int32 (Y, X)."""
    rows, cols = (np.arange(length) for length in shape)
    ids = rows[:, None] // 10 * -(-shape[1] // 10) + cols // 10 + 5
    inside = (rows % 10 < 6)[:, None] & (cols % 10 < 6)
    return np.where(inside, ids, 0).astype(np.int32)


def config(**settings: object) -> DatasetConfig:
    """A config of 16 px tiles; `sampler` takes a dictionary."""
    return DatasetConfig.model_validate({"reference": "levels4", "tile_px": 16, **settings})
