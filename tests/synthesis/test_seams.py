"""Seams are found where they are and only there."""

import numpy as np
import pytest

from cytoforge.synthesis.seams import field_seam_ratio, seam_ratio, tile_borders
from cytoforge.synthesis.stitch import Planes, stitch, tile_starts


def test_borders_are_starts_and_ends_inside_the_field() -> None:
    assert tile_borders((0, 8, 16), 16, 32) == (8, 16, 24)
    assert tile_borders((0,), 16, 16) == ()
    assert tile_borders((0, 3), 3, 4) == (3,)  # one pixel beyond


def test_ratio_of_an_image_the_eye_can_check() -> None:
    # Down: no difference at all. Across: 1, 1, 5 (the border), 1, 1, in each of the two rows.
    image = np.array([[[0, 1, 2, 7, 8, 9]] * 2], dtype=np.uint8)
    # Elsewhere: 8 differences of 1 across and 6 of 0 down, so the mean is 8/14.
    assert seam_ratio(image, (), (3,)) == pytest.approx(5 / (8 / 14))


def test_nothing_to_compare_gives_none() -> None:
    assert seam_ratio(np.random.default_rng(0).random((1, 8, 8)), (), ()) is None
    assert seam_ratio(np.zeros((1, 8, 8)), (4,), (4,)) is None


def test_differences_of_unsigned_values_do_not_wrap() -> None:
    image = np.random.default_rng(2).integers(0, 256, (2, 8, 8), dtype=np.uint8)
    assert seam_ratio(image, (3,), (5,)) == seam_ratio(image.astype(np.float64), (3,), (5,))


def test_brightness_offsets_show_without_overlap_and_vanish_with_half() -> None:
    rng = np.random.default_rng(3)
    label_map = rng.integers(0, 2, (200, 280), dtype=np.uint8)
    offsets = rng.normal(0, 0.3, 1000).astype(np.float32)

    def generate(tiles: Planes, indices: list[int]) -> np.ndarray:
        generated = tiles["labels"][:, None] * np.float32(0.2)
        return generated + offsets[indices][:, None, None, None]

    ratios = {}
    for overlap in (0.0, 0.5):
        field = stitch(generate, {"labels": label_map}, 64, overlap, 8)
        rows, cols = (
            tile_borders(tile_starts(length, 64, overlap), 64, length) for length in label_map.shape
        )
        ratios[overlap] = seam_ratio(field, rows, cols)
    assert ratios[0.0] is not None
    assert ratios[0.5] is not None
    assert ratios[0.0] > 2
    assert ratios[0.5] < 1.05


def test_a_field_is_judged_channel_by_channel_whatever_its_scale():
    # Tiles of 4 px without overlap: borders between pixels 3|4 of both axes. One channel has a
    # step of 1 there and slopes of 0.5 elsewhere (ratio 2), the other slopes of 0.5 throughout.
    flat = np.arange(8) * 0.5
    stepped = flat + np.where(np.arange(8) >= 4, 0.5, 0)
    channels = [axis[:, None] + axis[None, :] for axis in (flat, stepped)]
    pixels = np.stack([channels[0] * 1000, channels[1]])
    assert field_seam_ratio(pixels, 4, 0.0) == pytest.approx((1 + 2) / 2)


def test_a_field_of_one_tile_has_no_seams():
    assert field_seam_ratio(np.random.default_rng(0).random((1, 8, 8)), 16, 0.5) is None
