"""A .npy file written row by row, so that a data set never has to fit into memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np


class NpyRows:
    """A new .npy array of `n` rows, each of `shape` and `dtype`, to be filled in any order.

    Plain file writes rather than a memory map: on a full disk a write raises OSError, where
    touching a mapped page of a sparse file kills the process with SIGBUS.
    """

    def __init__(self, path: Path, n: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._file = path.open("w+b")
        self._shape = shape
        self._dtype = dtype.newbyteorder("<")
        self._row_bytes = int(np.prod(shape)) * dtype.itemsize
        self._start = self._write_header(n)

    def write(self, index: int, row: np.ndarray) -> bytes:
        """Write one row and return its bytes as stored (little-endian, C order)."""
        if row.shape != self._shape:
            raise ValueError(f"row of shape {row.shape} where {self._shape} was declared")
        data = np.ascontiguousarray(row, dtype=self._dtype).tobytes()
        self._file.seek(self._start + index * self._row_bytes)
        self._file.write(data)
        return data

    def keep(self, indices: Sequence[int]) -> None:
        """Keep these rows only, in this rising order; the rest of the file is cut off."""
        for target, source in enumerate(indices):
            if source != target:
                self._file.seek(self._start + source * self._row_bytes)
                data = self._file.read(self._row_bytes)
                self._file.seek(self._start + target * self._row_bytes)
                self._file.write(data)
        self._file.truncate(self._start + len(indices) * self._row_bytes)
        # NumPy pads headers so that the first axis can take any length without moving the data.
        if self._write_header(len(indices)) != self._start:
            raise RuntimeError("the .npy header changed its length")

    def _write_header(self, n: int) -> int:
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (n, *self._shape),
        }
        self._file.seek(0)
        np.lib.format.write_array_header_1_0(self._file, header)
        return self._file.tell()

    def close(self) -> None:
        """Close the file; buffered bytes are written."""
        self._file.close()
