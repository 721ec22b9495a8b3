"""A picture that is there twice is found, whatever its name and bit depth."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.split import duplicates
from cytoforge.split.duplicates import check_no_duplicates
from cytoforge.split.resemblance import most_alike

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


SCENE = np.random.default_rng(1).integers(0, 200, (1, 120, 140)).astype(np.uint8)
SMOOTH = ndimage.gaussian_filter(SCENE.astype(float), (0, 3, 3))
SMOOTH = np.uint8(255 * (SMOOTH - SMOOTH.min()) / np.ptp(SMOOTH))  # structures of some pixels


def nearly(change: str) -> np.ndarray:
    copy = SMOOTH.copy()
    if change == "one pixel":
        copy[0, 60, 70] ^= 128
    elif change == "noise":
        copy = np.clip(copy + np.random.default_rng(2).integers(-1, 2, copy.shape), 0, 255)
    return copy.astype(np.uint8)


@pytest.mark.parametrize("change", ["one pixel", "noise"])
def test_nearly_a_copy_is_found(change: str):
    images = [image("a", SMOOTH), image("b", SMOOTH[:, ::-1]), image("c", nearly(change))]
    with pytest.raises(UserError, match="images a and c"):
        check_no_duplicates(images, {"a": "a", "b": "b", "c": "c"})


def test_a_frame_moved_by_8_px_is_found():
    moved = [image("a", SMOOTH[:, 8:]), image("b", SMOOTH[:, :-8])]
    with pytest.raises(UserError, match="images a and b"):
        check_no_duplicates(moved, {"a": "a", "b": "b"})


def test_the_same_illumination_is_no_copy():
    """Unrelated noise under one strong slope of brightness, as of one lamp."""
    slope = np.linspace(0, 200, 140)[None, None]
    rng = np.random.default_rng(3)
    lit = [np.uint8(slope + rng.integers(0, 50, (1, 120, 140))) for _ in range(2)]
    check_no_duplicates([image("a", lit[0]), image("b", lit[1])], {"a": "a", "b": "b"})


def test_slices_of_one_volume_are_read_and_never_compared(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise AssertionError("compared")

    monkeypatch.setattr(duplicates, "reduced", fail)
    names = [f"v_z{number}" for number in range(5)]
    images = (image(name, PIXELS) for name in names)
    check_no_duplicates(images, dict.fromkeys(names, "v"))
    assert next(images, None) is None


def test_pictures_that_all_belong_to_one_have_no_most_alike_pair():
    copies = np.random.default_rng(0).normal(size=(3, 8, 8)).astype(np.float32)
    assert most_alike(copies, ["a", "a", "a"]) is None
    assert most_alike(copies, ["a", "a", "a"], ["x", "y", "z"]) is None
    assert most_alike(copies, ["a", "b", "a"], ["x", "y", "z"]) is not None
