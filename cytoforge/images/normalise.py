"""Scale grey values to 0–1 and back; the scale of each channel is written down as a range."""

from collections.abc import Sequence

import numpy as np

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.image import ChannelRange, Image

WINDOW, GREY_WINDOW = "window", "window of grey values"
"""What a range is called that is given: in Hounsfield units, and in grey values of 8 bits."""


def channel_ranges(pixels: np.ndarray, config: NormalisationConfig) -> tuple[ChannelRange, ...]:
    """Return the grey values that become 0 and 1, per channel.

    Parameters
    ----------
    pixels : ndarray of shape (C, Y, X), uint8, uint16 or float32
    config : `minmax`: darkest and brightest pixel; `percentile`: `config.low` and `config.high`
        percentiles; where these coincide (a few bright dots on black) `minmax`, and the range says
        so; `none`: 0 and the type's maximum, or 0 and 1 for float; `window`: its two ends. The
        ranges of `body` are a whole volume's and cannot be told from some pixels.

    Raises
    ------
    ValueError : a channel has a single grey value, so nothing but `none` and `window` can scale it
    """
    return tuple(_range(channel, config) for channel in pixels)


def _range(channel: np.ndarray, config: NormalisationConfig) -> ChannelRange:
    if config.method == "none":
        return ChannelRange(0.0, _type_maximum(channel.dtype), "none")
    if config.method == "window":
        low, high = config.bounds
        return ChannelRange(float(low), float(high), WINDOW)
    low, high = float(channel.min()), float(channel.max())
    if low == high:
        raise ValueError(f"a channel has the single grey value {low:g}")
    if config.method == "percentile":
        inner = np.percentile(channel, [config.low, config.high])
        if inner[0] < inner[1]:
            return ChannelRange(float(inner[0]), float(inner[1]), "percentile")
    return ChannelRange(low, high, "minmax")


def _type_maximum(dtype: np.dtype) -> float:
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def to_unit(image: Image) -> np.ndarray:
    """Return (C, Y, X) float32 in [0, 1]; values outside a channel's range are clipped."""
    unit = np.empty(image.pixels.shape, np.float32)
    for target, channel, scale in zip(unit, image.pixels, image.ranges, strict=True):
        np.subtract(channel, np.float32(scale.low), out=target, dtype=np.float32)
        target /= np.float32(scale.high - scale.low)
        np.clip(target, 0, 1, out=target)
    return unit


def from_unit(
    unit: np.ndarray, ranges: Sequence[ChannelRange], dtype: np.dtype | type
) -> np.ndarray:
    """Undo `to_unit`: original grey values, exact for integers inside the range.

    Parameters
    ----------
    unit : ndarray of shape (C, Y, X), float
    ranges : one per channel
    dtype : uint8, uint16 (rounded to the nearest and clipped to the type) or float32

    Raises
    ------
    ValueError : `unit` has NaN or infinite values, or not one range per channel
    """
    if not np.isfinite(unit).all():
        raise ValueError("unit values must be finite")
    dtype = np.dtype(dtype)
    pixels = np.empty(unit.shape, dtype)
    for target, channel, scale in zip(pixels, unit, ranges, strict=True):
        # float64 for one channel at a time: float32 would cost up to 0.01 grey value at 16 bits.
        grey = channel.astype(np.float64) * (scale.high - scale.low) + scale.low
        if dtype.kind == "u":
            np.clip(np.rint(grey, out=grey), 0, np.iinfo(dtype).max, out=grey)
        target[...] = grey
    return pixels
