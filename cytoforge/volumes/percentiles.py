"""Exact percentiles of values that are given piece by piece, and never together."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

_SIGN = np.uint32(1 << 31)
_HALF = 16


def percentiles(pieces: Callable[[], Iterable[np.ndarray]], wanted: Sequence[float]) -> list[float]:
    """Return percentiles as NumPy's, linear between two values, of all pieces together.

    32-bit numbers have an order as bits. They are counted by their upper 16 bits, and those that
    share these with a value looked for by the lower 16: two passes, 65,536 counts each.

    >>> percentiles(lambda: [np.arange(5, dtype="f4"), np.arange(5, 11, dtype="f4")], [10, 95])
    [1.0, 9.5]

    Parameters
    ----------
    pieces : gives arrays float32 of any shape, without NaN, as often as it is called
    wanted : 0 to 100
    """
    upper = np.zeros(1 << _HALF, np.int64)
    for one in pieces():
        upper += _counts(_ordered(one) >> _HALF)
    places = [part / 100 * (int(upper.sum()) - 1) for part in wanted]
    ranks = sorted({int(f(place)) for place in places for f in (np.floor, np.ceil)})
    ends = np.cumsum(upper)
    bins = {rank: int(np.searchsorted(ends, rank, "right")) for rank in ranks}
    lower: dict[int, np.ndarray] = {one: np.zeros(1 << _HALF, np.int64) for one in bins.values()}
    for one in pieces():
        bits = _ordered(one)
        for shared, counts in lower.items():
            counts += _counts(bits[bits >> _HALF == shared] & 0xFFFF)
    found = {}
    for rank, shared in bins.items():
        within = rank - (ends[shared] - upper[shared])
        low = int(np.searchsorted(np.cumsum(lower[shared]), within, "right"))
        found[rank] = _value(shared << _HALF | low)
    values = [found[rank] for rank in ranks]
    return [float(np.interp(place, ranks, values)) for place in places]


def _counts(halves: np.ndarray) -> np.ndarray:
    return np.bincount(halves.astype(np.int64), minlength=1 << _HALF)


def _ordered(values: np.ndarray) -> np.ndarray:
    """Return float32 as uint32 of the same order, one-dimensional."""
    bits = np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint32)
    ordered: np.ndarray = np.where(bits & _SIGN, ~bits, bits | _SIGN)
    return ordered


def _value(ordered: int) -> float:
    bits = np.uint32(ordered)
    return float((bits ^ _SIGN if bits & _SIGN else ~bits).view(np.float32))
