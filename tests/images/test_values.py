"""Types that are kept, types that are converted without loss, and what does not fit."""

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.images.values import storable


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.uint8, np.uint8),
        (np.uint16, np.uint16),
        (np.float32, np.float32),
        (np.dtype(">u2"), np.uint16),
        (bool, np.uint8),
        (np.int8, np.uint16),
        (np.int16, np.uint16),
        (np.uint32, np.uint16),
        (np.int64, np.uint16),
        (np.float16, np.float32),
        (np.float64, np.float32),
    ],
)
def test_values_stay(dtype: type, expected: type) -> None:
    pixels = np.array([[[0, 1, 100]]]).astype(dtype)
    stored = storable("x.tif", pixels)
    assert stored.dtype == expected
    assert stored.tolist() == pixels.tolist()


@pytest.mark.parametrize(
    ("pixels", "found"),
    [
        (np.array([[[-1024, 3071]]], np.int16), "from -1,024 to 3,071"),
        (np.array([[[0, 65_536]]], np.uint32), "from 0 to 65,536"),
        (np.array([[[1e300]]]), "values beyond 3.4e"),
        (np.array([[[1j]]]), "pixels of type complex128"),
    ],
)
def test_what_does_not_fit(pixels: np.ndarray, found: str) -> None:
    with pytest.raises(UserError, match=found):
        storable("x.tif", pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        1e9 + np.arange(12.0),
        -1e12 + np.arange(12.0),
        1e-50 * np.arange(12.0),
        np.longdouble(1e9) + np.arange(12),
    ],
    ids=["large", "negative", "tiny", "longdouble"],
)
def test_differences_that_float32_loses_are_not_called_a_single_value(pixels: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"expected: values that differ in float32"):
        storable("x.tif", pixels.reshape(1, 3, 4))
    wide = np.stack([np.linspace(0, 2e9, 12).reshape(3, 4), pixels.reshape(3, 4)])
    with pytest.raises(UserError, match="24 bits"):  # another channel's range does not help
        storable("x.tif", wide)


@pytest.mark.parametrize(
    "pixels", [65_000 + np.arange(12.0), np.full(12, 1e9 + 0.1), np.linspace(0, 1, 12) ** 3]
)
def test_float64_that_float32_shows_as_well(pixels: np.ndarray) -> None:
    stored = storable("x.tif", pixels.reshape(1, 3, 4))
    assert stored.ravel().tolist() == pixels.astype(np.float32).tolist()
