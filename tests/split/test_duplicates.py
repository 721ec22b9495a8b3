"""A picture that is there twice is found, whatever its name and bit depth."""

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.split.duplicates import check_no_duplicates

PIXELS = np.random.default_rng(0).integers(0, 256, (1, 8, 8)).astype(np.uint8)


def image(name: str, pixels: np.ndarray, high: float = 255) -> Image:
    return Image(name, pixels, ("grey",), (ChannelRange(0, high),))


def test_different_pictures_pass():
    check_no_duplicates([image("a", PIXELS), image("b", PIXELS[:, ::-1])], {"a": "a", "b": "b"})


def test_a_copy_in_16_bit_is_found():
    copy = image("b", PIXELS.astype(np.uint16) * 257, 65535)
    with pytest.raises(UserError, match="images a and b"):
        check_no_duplicates([image("a", PIXELS), copy], {"a": "a", "b": "b"})


def test_copies_that_stay_together_leak_nothing():
    check_no_duplicates([image("a", PIXELS), image("b", PIXELS)], {"a": "well1", "b": "well1"})
