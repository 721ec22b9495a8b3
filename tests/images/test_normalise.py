"""Scaling to 0–1 and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import channel_ranges, from_unit, to_unit

MINMAX = NormalisationConfig(method="minmax")
PERCENTILE = NormalisationConfig(method="percentile", low=1, high=99)
NONE = NormalisationConfig(method="none")


def image(pixels: np.ndarray, *ranges: ChannelRange) -> Image:
    names = tuple(f"c{index}" for index in range(len(pixels)))
    return Image("x", pixels, names, ranges)


def test_minmax_ranges_are_of_each_channel() -> None:
    pixels = np.array([[[3, 9]], [[100, 60_000]]], np.uint16)
    assert channel_ranges(pixels, MINMAX) == (
        ChannelRange(3, 9, "minmax"),
        ChannelRange(100, 60_000, "minmax"),
    )


def test_percentiles_ignore_a_hot_pixel() -> None:
    pixels = np.arange(201, dtype=np.uint16).reshape(1, 3, 67)
    pixels[0, 0, 0] = 65_535
    (found,) = channel_ranges(pixels, PERCENTILE)
    # Sorted values are 1..200 and the hot pixel; positions 2 and 198 of 0..200.
    assert found == ChannelRange(3.0, 199.0, "percentile")


def test_a_few_dots_on_black_fall_back_to_minmax() -> None:
    pixels = np.zeros((1, 100, 100), np.uint8)
    pixels[0, 5, 5] = 200
    assert channel_ranges(pixels, PERCENTILE) == (ChannelRange(0, 200, "minmax"),)


@pytest.mark.parametrize(
    ("dtype", "high"), [(np.uint8, 255.0), (np.uint16, 65_535.0), (np.float32, 1.0)]
)
def test_none_is_the_range_of_the_type(dtype: type, high: float) -> None:
    assert channel_ranges(np.zeros((1, 2, 2), dtype), NONE) == (ChannelRange(0, high, "none"),)


@pytest.mark.parametrize("config", [MINMAX, PERCENTILE])
def test_constant_channel_has_no_range(config: NormalisationConfig) -> None:
    with pytest.raises(ValueError, match="single grey value 7"):
        channel_ranges(np.full((1, 4, 4), 7, np.uint8), config)


def test_unit_values_by_hand() -> None:
    pixels = np.array([[[0, 50, 100, 150, 200, 250]]], np.uint8)
    unit = to_unit(image(pixels, ChannelRange(50, 250)))
    assert unit.dtype == np.float32
    assert unit.ravel().tolist() == [0, 0, 0.25, 0.5, 0.75, 1]


def test_what_lies_outside_a_range_is_black_or_white() -> None:
    pixels = np.array([[[10, 50], [250, 600]]], np.uint16)
    assert to_unit(image(pixels, ChannelRange(50, 250))).tolist() == [[[0, 0], [1, 1]]]


@settings(max_examples=60, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.uint16]),
    ends=st.tuples(st.floats(0, 65_534), st.floats(0.01, 1)),
)
def test_every_integer_in_the_range_comes_back(dtype: type, ends: tuple[float, float]) -> None:
    top = int(np.iinfo(dtype).max)
    low = min(ends[0], top - 1)
    high = low + ends[1] * (top - low)
    values = np.arange(np.ceil(low), np.floor(high) + 1).astype(dtype).reshape(1, 1, -1)
    scale = ChannelRange(low, high)
    if values.size and high > low:
        back = from_unit(to_unit(image(values, scale)), (scale,), dtype)
        assert back.dtype == dtype
        assert np.array_equal(back, values)


def test_float_comes_back_up_to_rounding() -> None:
    pixels = np.random.default_rng(0).normal(1000, 50, (2, 20, 20)).astype(np.float32)
    ranges = channel_ranges(pixels, MINMAX)
    back = from_unit(to_unit(image(pixels, *ranges)), ranges, np.float32)
    assert np.allclose(back, pixels, rtol=1e-6)


def test_values_outside_the_type_are_clipped_not_wrapped() -> None:
    unit = np.array([[[-0.5, 0.5, 1.5]]], np.float32)
    assert from_unit(unit, (ChannelRange(0, 255),), np.uint8).tolist() == [[[0, 128, 255]]]


def test_nan_is_not_turned_into_a_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        from_unit(np.array([[[np.nan]]]), (ChannelRange(0, 1),), np.uint8)


def test_one_range_a_channel() -> None:
    with pytest.raises(ValueError, match="zip"):
        from_unit(np.zeros((2, 3, 3)), (ChannelRange(0, 1),), np.uint8)
