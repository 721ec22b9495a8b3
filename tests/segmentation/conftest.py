"""Images made for these tests."""

import numpy as np
import pytest

from cytoforge.images.image import ChannelRange, Image

CENTRES = ((20, 20), (20, 60), (25, 95), (60, 30), (62, 46), (70, 90), (100, 25), (100, 75))


def blobs(
    centres=CENTRES, shape=(125, 120), radius=7.0, brightness=100.0, ground=10.0, softness=1.0
) -> np.ndarray:
    """Return soft bright disks on a noisy ground, float64 (Y, X)."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    picture = np.zeros(shape)
    for row, col in centres:
        distance = np.hypot(rows - row, cols - col)
        picture = np.maximum(picture, 1 / (1 + np.exp((distance - radius) / softness)))
    noise = np.random.default_rng(3).normal(0, 1.0, shape)
    return ground + brightness * picture + noise


def image_of(*channels: np.ndarray, dtype: type = np.uint16, name: str = "field") -> Image:
    pixels = np.stack(channels)
    if np.issubdtype(dtype, np.integer):
        pixels = np.clip(np.rint(pixels), 0, np.iinfo(dtype).max)
    pixels = pixels.astype(dtype)
    ranges = tuple(ChannelRange(float(p.min()), float(p.max()) or 1.0) for p in pixels)
    names = ("dna", "actin", "other")[: len(channels)]
    return Image(name, pixels, names, ranges, 0.5)


@pytest.fixture
def two_channels() -> Image:
    """Eight nuclei of 14 px in cells of 26 px; two cells touch."""
    return image_of(blobs(), blobs(radius=13.0, brightness=60.0))


@pytest.fixture
def one_channel() -> Image:
    return image_of(blobs())
