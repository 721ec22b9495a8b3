"""A TIFF written tag by tag, so that any tag can have any type and any value."""

import struct
from pathlib import Path

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, FLOAT, DOUBLE, SRATIONAL = 1, 2, 3, 4, 5, 11, 12, 10
CODES = {
    **{BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i"},
    **{FLOAT: "f", DOUBLE: "d"},
}
Tag = tuple[int, str | list]


def write_tagged(path: Path, array: np.ndarray, tags: dict[int, Tag], data: bytes = b"") -> str:
    """Write one strip; `tags` replace or follow those that the array, (Y, X[, S]), asks for.

    A tag is its type and value: a text, or a list of numbers (pairs in one row for fractions).
    """
    stored = data or array.tobytes()
    samples = array.shape[2] if array.ndim == 3 else 1
    said: dict[int, Tag] = {
        256: (LONG, [array.shape[1]]),
        257: (LONG, [array.shape[0]]),
        258: (SHORT, [8 * array.itemsize] * samples),
        259: (SHORT, [1]),
        262: (SHORT, [1 if samples == 1 else 2]),
        273: (LONG, [8]),
        277: (SHORT, [samples]),
        278: (LONG, [array.shape[0]]),
        279: (LONG, [len(stored)]),
        **tags,
    }
    stored += bytes(len(stored) % 2)
    place = 8 + len(stored) + 2 + 12 * len(said) + 4
    entries, outside = b"", b""
    for number, (kind, value) in sorted(said.items()):
        values = value.encode() + b"\0" if isinstance(value, str) else value
        packed = struct.pack(f"<{len(values)}{CODES[kind]}", *values)
        count = len(values) // (2 if kind in (RATIONAL, SRATIONAL) else 1)
        if len(packed) > 4:
            packed, outside = struct.pack("<I", place + len(outside)), outside + packed
        entries += struct.pack("<HHI", number, kind, count) + packed.ljust(4, b"\0")
    header = b"II*\0" + struct.pack("<I", 8 + len(stored)) + stored
    path.write_bytes(header + struct.pack("<H", len(said)) + entries + bytes(4) + outside)
    return str(path)
