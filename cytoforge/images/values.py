"""Bring pixel values to uint8, uint16 or float32 without losing one."""

import numpy as np

from cytoforge.errors import UserError

STORED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


def storable(path: str, pixels: np.ndarray) -> np.ndarray:
    """Return the same values as uint8, uint16 or float32.

    uint8, uint16 and float32 are returned as they are (12 bits in uint16 stay so). bool becomes
    uint8 (0 and 1); other integers become uint16 where all values fit 0–65,535; float16 and float64
    become float32.

    Parameters
    ----------
    pixels : ndarray of any shape and dtype

    Raises
    ------
    UserError : NaN or infinite values (with their count), integers outside 0–65,535, complex
        numbers
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
    limit = np.finfo(np.float32).max
    if pixels.dtype.itemsize > 4 and max(abs(pixels.min()), abs(pixels.max())) > limit:
        raise UserError(
            path, "values a float32 can hold", f"values beyond {limit:.1e}", "scale them down"
        )
    return np.ascontiguousarray(pixels, dtype=np.float32)
