"""Stitching: any size, no seams, memory that does not grow with the field."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.synthesis.stitch import (
    Generate,
    Planes,
    axis_weights,
    stitch,
    stitch_rows,
    tile_starts,
)

LEVELS = np.array([0.0, 0.25, -1.0, 0.7], dtype=np.float32)


def level_values(tiles: Planes, indices: list[int]) -> np.ndarray:
    """A generator that fills each level with its own value; channel 1 is the negative."""
    generated = LEVELS[tiles["labels"]]
    return np.stack([generated, -generated], axis=1)


def levels(label_map: np.ndarray) -> Planes:
    return {"labels": label_map}


fields = st.tuples(st.integers(1, 75), st.integers(1, 75))
overlaps = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9])


@settings(max_examples=60, deadline=None)
@given(shape=fields, overlap=overlaps, batch_size=st.integers(1, 7), seed=st.integers(0, 99))
def test_painting_levels_is_reproduced_at_any_size(
    shape: tuple[int, int], overlap: float, batch_size: int, seed: int
) -> None:
    label_map = np.random.default_rng(seed).integers(0, 4, shape, dtype=np.uint8)
    field = stitch(level_values, levels(label_map), 16, overlap, batch_size)
    assert field.dtype == np.float32
    np.testing.assert_allclose(field, level_values(levels(label_map[None]), [0])[0], atol=1e-6)


@settings(max_examples=80, deadline=None)
@given(length=st.integers(16, 200), overlap=overlaps)
def test_weights_sum_to_one_at_every_pixel(length: int, overlap: float) -> None:
    total = np.zeros(length)
    starts = tile_starts(length, 16, overlap)
    for start, weights in zip(starts, axis_weights(length, 16, overlap), strict=True):
        assert (weights >= 0).all()
        total[start : start + 16] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_overlap_zero_sets_tiles_side_by_side() -> None:
    def numbered(tiles: Planes, indices: list[int]) -> np.ndarray:
        return np.ones((len(indices), 1, 4, 4), np.float32) * np.reshape(indices, (-1, 1, 1, 1))

    field = stitch(numbered, levels(np.zeros((4, 10), np.uint8)), 4, 0.0, 2)
    assert field[0, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_indices_are_row_major_and_each_tile_is_made_once() -> None:
    seen: list[int] = []

    def note(tiles: Planes, indices: list[int]) -> np.ndarray:
        seen.extend(indices)
        return level_values(tiles, indices)

    stitch(note, levels(np.zeros((12, 20), np.uint8)), 8, 0.5, 3)
    assert seen == list(range(2 * 4))


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_field_does_not_depend_on_the_batch_size(batch_size: int) -> None:
    offsets = np.random.default_rng(0).normal(size=100).astype(np.float32)
    field = stitch(shifted_by(offsets), levels(np.zeros((40, 56), np.uint8)), 16, 0.5, batch_size)
    np.testing.assert_array_equal(
        field, stitch(shifted_by(offsets), levels(np.zeros((40, 56), np.uint8)), 16, 0.5, 4)
    )


def test_blending_equals_the_weighted_mean_computed_pixel_by_pixel() -> None:
    rng = np.random.default_rng(1)
    tiles = rng.normal(size=(100, 1, 8, 8)).astype(np.float32)
    field = stitch(
        lambda _, indices: tiles[indices], levels(np.zeros((19, 13), np.uint8)), 8, 0.5, 2
    )
    rows, cols = [0, 4, 8, 11], [0, 4, 5]
    hann = [np.sin(np.pi * (i + 0.5) / 8) ** 2 for i in range(8)]
    for y, x in [(0, 0), (5, 5), (9, 6), (18, 12), (12, 3)]:
        total = weight = 0.0
        for k, row in enumerate(rows):
            for j, col in enumerate(cols):
                if row <= y < row + 8 and col <= x < col + 8:
                    w = hann[y - row] * hann[x - col]
                    total += w * tiles[k * 3 + j, 0, y - row, x - col]
                    weight += w
        assert field[0, y, x] == pytest.approx(total / weight, abs=1e-5)


def test_planes_travel_together_each_in_its_own_type() -> None:
    labels = np.arange(30 * 21, dtype=np.uint16).reshape(30, 21)
    planes = {"labels": labels, "cells": labels.astype(np.int32) * 1000, "mask": labels % 3 == 0}

    def look(tiles: Planes, indices: list[int]) -> np.ndarray:
        assert (tiles["cells"] == tiles["labels"].astype(np.int32) * 1000).all()
        assert (tiles["mask"] == (tiles["labels"] % 3 == 0)).all()
        assert [tiles[name].dtype.kind for name in ("labels", "cells", "mask")] == ["u", "i", "b"]
        return tiles["labels"][:, None].astype(np.float32)

    np.testing.assert_allclose(stitch(look, planes, 24, 0.5, 2)[0], labels, rtol=1e-6)


def test_planes_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in size"):
        stitch(level_values, {"labels": np.zeros((9, 9)), "cells": np.zeros((9, 8))}, 8, 0.5, 1)


def test_rows_come_from_top_to_bottom_without_gaps() -> None:
    expected = 0
    for row, strip in stitch_rows(level_values, levels(np.zeros((50, 30), np.uint8)), 16, 0.25, 4):
        assert row == expected
        expected += strip.shape[1]
    assert expected == 50


@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_memory_does_not_grow_with_the_height(tmp_path: Path, overlap: float) -> None:
    def peak(height: int) -> int:
        out = np.lib.format.open_memmap(tmp_path / f"{height}.npy", "w+", "f4", (2, height, 512))
        label_map = np.zeros((height, 512), np.uint8)
        tracemalloc.start()
        stitch(level_values, levels(label_map), 64, overlap, 2, out=out)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    low, high = peak(512), peak(5120)
    assert high < 1.3 * low
    assert high < 2 * 5120 * 512 * 4 / 5


def shifted_by(offsets: np.ndarray) -> Generate:
    """A generator whose tiles differ in brightness, as instance normalisation makes them."""

    def generate(tiles: Planes, indices: list[int]) -> np.ndarray:
        return level_values(tiles, indices) + offsets[indices][:, None, None, None]

    return generate
