"""A volume unpacked on disk, one slice after the other: each is read without the rest of it.

Of a packed file every slice costs all that lies before it, and a whole CT of 512 × 512 × 600 voxels
takes 0.6 GB of memory. Here memory holds some planes of the file while it is unpacked, and then the
slice that is asked for.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.raw import readable
from cytoforge.images.volume_grid import VolumeGrid, grid_of, slice_view

_BLOCK_BYTES = 32 << 20


class SliceStore:
    """The slices of a volume along one of its file's axes, in a file of their own.

    `slice_view` takes it as it takes an array.

    Attributes
    ----------
    grid : of the volume
    axis : body axis along which slices are counted
    """

    def __init__(self, path: Path, grid: VolumeGrid, axis: str, dtype: np.dtype) -> None:
        self.path, self.grid, self.axis, self.dtype = path, grid, axis, dtype
        self.shape = grid.shape
        self.fixed = grid.file_axis(axis)[0]
        # The file's slowest axis first, so that a block of its planes is a piece of each slice.
        low, high = (one for one in range(3) if one != self.fixed)
        self._stored = grid.shape[high], grid.shape[low]
        self._bytes = int(np.prod(self._stored)) * dtype.itemsize

    def __len__(self) -> int:
        return self.grid.shape[self.fixed]

    def __getitem__(self, index: Sequence[int | slice]) -> np.ndarray:
        """Return a plane in the file's axes; `index` has a number where slices are counted."""
        place = index[self.fixed]
        if not isinstance(place, int):
            raise TypeError(f"slices are stored along axis {self.fixed}, asked for was {index}")
        with self.path.open("rb") as file:
            file.seek(place * self._bytes)
            data = file.read(self._bytes)
        return np.frombuffer(data, self.dtype).reshape(self._stored).T

    def picture(self, number: int) -> np.ndarray:
        """Return a slice as a picture (Y, X), from 1 on along the body axis."""
        found: np.ndarray = slice_view(self, self.grid, self.axis, number)
        return found

    def pictures(self, numbers: Sequence[int] | None = None) -> Iterator[np.ndarray]:
        """Yield slices as pictures, all of them where no numbers are given."""
        for number in range(1, len(self) + 1) if numbers is None else numbers:
            yield self.picture(number)


@contextmanager
def unpacked(path: str, axis: str, folder: Path) -> Iterator[SliceStore]:
    """Yield a volume's slices along a body axis, in the file's own type: float32 where it has a
    slope. They lie in `folder` for as long as the context lasts.

    path : .nii or .nii.gz
    """
    with TemporaryDirectory(prefix=".unpacked_", dir=folder) as room:
        with readable(path):
            store = _unpack(path, axis, Path(room) / "slices")
        yield store


def _unpack(path: str, axis: str, to: Path) -> SliceStore:
    # Here, as in images.formats.nifti: rules follow the names of formats.
    import nibabel

    grid = grid_of(path)
    voxels = nibabel.load(path, keep_file_open=True).dataobj  # type: ignore[attr-defined]
    first = np.asarray(voxels[:, :, :1])
    dtype = np.dtype(np.float32) if first.dtype.kind == "f" else first.dtype
    store = SliceStore(to, grid, axis, dtype.newbyteorder("="))
    count = max(1, _BLOCK_BYTES // max(first.nbytes, 1))
    with store.path.open("wb") as file:
        for start in range(0, grid.shape[2], count):
            block = np.asarray(voxels[:, :, start : start + count])
            _check_finite(path, block)
            _put(file, block.reshape(*grid.shape[:2], -1), start, store)
    return store


def _check_finite(path: str, block: np.ndarray) -> None:
    if block.dtype.kind == "f" and (count := block.size - int(np.isfinite(block).sum())):
        raise UserError(
            path, "finite values", f"{count} voxels or more that are NaN or infinite",
            "fill them, e.g. with the value of air, and save the volume again",
        )  # fmt: skip


def _put(file: BinaryIO, block: np.ndarray, start: int, store: SliceStore) -> None:
    """Write planes (A, B, n) of the file from `start` on, each slice's piece at its place."""
    for place, piece in enumerate(np.moveaxis(block, store.fixed, 0)):
        # The other axes as stored: the slowest one first.
        data = np.ascontiguousarray(piece.T, store.dtype)
        if store.fixed == 2:
            file.seek((start + place) * store._bytes)
        else:
            row_bytes = store._stored[1] * store.dtype.itemsize
            file.seek(place * store._bytes + start * row_bytes)
        file.write(data.tobytes())
