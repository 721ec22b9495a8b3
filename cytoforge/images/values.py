"""Bring pixel values to uint8, uint16 or float32 without losing one."""

import numpy as np

from cytoforge.errors import UserError

# Of the range of values: less than a grey value of 8 bits, which pictures are made for.
MAX_ROUNDING = 1 / 512
STORED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


def storable(path: str, pixels: np.ndarray) -> np.ndarray:
    """Return the same values as uint8, uint16 or float32.

    uint8, uint16 and float32 are returned as they are (12 bits in uint16 stay so). bool becomes
    uint8 (0 and 1); other integers become uint16 where all values fit 0–65,535; float16 and float64
    become float32.

    Parameters
    ----------
    pixels : ndarray of any dtype, channels along the first axis

    Raises
    ------
    UserError : NaN or infinite values (with their count), integers outside 0–65,535, float64 whose
        differences float32 would lose, complex numbers
    """
    kind = pixels.dtype.kind
    if kind not in "buif":
        raise UserError(path, "numbers", f"pixels of type {pixels.dtype}", "export it as float32")
    if kind == "f":
        return _finite_float32(path, pixels)
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if native.dtype in STORED:
        return np.ascontiguousarray(native)
    if kind == "b":
        return native.astype(np.uint8)
    low, high = int(native.min()), int(native.max())
    if low < 0 or high > 65_535:
        raise UserError(
            path,
            "values from 0 to 65,535 where the type is " + str(native.dtype),
            f"values from {low:,} to {high:,}",
            "export the image as uint16 or float32; shift CT numbers by +1024",
        )
    return native.astype(np.uint16)


def _finite_float32(path: str, pixels: np.ndarray) -> np.ndarray:
    bad = pixels.size - int(np.isfinite(pixels).sum())
    if bad:
        raise UserError(
            path,
            "finite numbers",
            f"{bad:,} of {pixels.size:,} values are NaN or infinite",
            "fill them (with the background, for example) before this workflow",
        )
    if pixels.dtype.itemsize > np.dtype(np.float32).itemsize:
        for channel in pixels:
            _check_precision(path, channel)
    return np.ascontiguousarray(pixels, dtype=np.float32)


def _check_precision(path: str, channel: np.ndarray) -> None:
    """Refuse values that float32 cannot hold, or not finely enough to show a picture.

    float32 has 24 bits: 1e9 and 1e9 + 30 are the same number there, and so is all below 1e-45.
    """
    low, high = channel.min(), channel.max()
    largest, limit = max(abs(low), abs(high)), np.finfo(np.float32).max
    if largest > limit:
        raise UserError(
            path, "values a float32 can hold", f"values beyond {limit:.1e}", "scale them down"
        )
    finest = float(high - low) * MAX_ROUNDING
    if low == high or float(np.spacing(np.float32(largest))) / 2 <= finest:
        return
    error = float(np.abs(channel - channel.astype(np.float32)).max())
    if error > finest:
        raise UserError(
            path,
            "values that differ in float32, which has 24 bits",
            f"{channel.dtype} from {low:.12g} to {high:.12g}, changed by up to {error:.2g}",
            "subtract the smallest value and divide by the range before this workflow",
        )
