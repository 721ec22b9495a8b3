"""Patches of a volume across its slices, collected while the slices pass by.

A model of slices may make each as it should look, and yet a volume that looks like no body from the
side. So planes across the slices are cut, as well as the slices themselves, at places evenly spaced
over the body: at every other one the made volume and the real one, and between them the real one
alone, which says how far apart real planes are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cytoforge.images.volume_grid import VolumeGrid, picture_axes
from cytoforge.metrics.volumes.three_planes import square_pixels

REAL, BESIDE = "real", "beside"
"""Series of the real volume: at the places compared, and between them."""
PLACES = 48
SMALLEST_PX = 32
"""Of a side: the networks that see patches halve them four times."""
WIDEST_GAP = 4
"""Slices that may be absent between two that follow, as where every second becomes an image. They
are absent from the made planes and from the real ones alike."""
_BODY = 0.5
Pictures = Mapping[str, np.ndarray]
"""Slices uint8 (Y, X) of one place, by series; `real` among them."""


@dataclass
class Patches:
    """Patches uint8 (Y, X) of one plane by series, of whatever sizes."""

    by_series: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, pictures: Pictures, body: np.ndarray, beside: bool, side_px: int) -> None:
        """Cut a plane into squares, less where it is smaller, of which half and more is body.

        beside : whether only the real plane is taken, as one between those compared
        """
        for rows, cols in _squares(body.shape, side_px):
            if body[rows, cols].mean() >= _BODY:
                taken = {BESIDE: pictures[REAL]} if beside else pictures
                for name, picture in taken.items():
                    self.by_series.setdefault(name, []).append(picture[rows, cols].copy())

    def thinned(self, most: int) -> dict[str, list[np.ndarray]]:
        """Return at most so many patches per series, evenly spaced: the same ones of each series
        that is compared."""
        return {
            name: [found[k] for k in _spaced(len(found), most)]
            for name, found in self.by_series.items()
        }


class Reslices:
    """Collects patches along each body axis while the slices of a volume are given in order.

    Parameters
    ----------
    grid, axis : of the volume, and the body axis along which its slices are counted
    numbers : of the slices that will come
    rows, cols : how much body is in each row and column of these slices together
    side_px : of patches
    """

    def __init__(
        self,
        grid: VolumeGrid,
        axis: str,
        numbers: Sequence[int],
        rows: np.ndarray,
        cols: np.ndarray,
        side_px: int,
    ) -> None:
        self.grid, self.axis, self.side_px = grid, axis, side_px
        self._own = {numbers[k]: place for place, k in enumerate(_spaced(len(numbers), PLACES))}
        self._row_axis, self._col_axis = picture_axes(axis)
        self._across = {self._row_axis: _places(rows), self._col_axis: _places(cols)}
        self._numbers: list[int] = []
        self._lines: dict[str, list[dict[str, np.ndarray]]] = {one: [] for one in self._across}
        self.patches = {one: Patches() for one in (axis, *self._across)}

    def add(self, number: int, pictures: Pictures, body: np.ndarray) -> None:
        """Take a slice of the real volume and of each that is compared with it."""
        if self._numbers and number - self._numbers[-1] > WIDEST_GAP + 1:
            self.end_run()
        if number in self._own:
            self._cut(self.axis, pictures, body, self._own[number] % 2 == 1)
        self._numbers.append(number)
        for axis, places in self._across.items():
            whole = {**pictures, "body": body}
            lines = {
                name: one[places] if axis == self._row_axis else one[:, places].T
                for name, one in whole.items()
            }
            # Without `copy` a row is a view, which holds its slice.
            self._lines[axis].append({name: np.array(line) for name, line in lines.items()})

    def end_run(self) -> None:
        """Cut the planes across the slices that have come with no wider gap; call it at the end."""
        for axis, lines in self._lines.items():
            for place in range(len(self._across[axis]) if lines else 0):
                # Slices from the larger coordinate on, as in pictures.
                planes = {
                    name: np.stack([line[name][place] for line in reversed(lines)])
                    for name in lines[0]
                }
                if picture_axes(axis)[0] != self.axis:
                    planes = {name: plane.T for name, plane in planes.items()}
                body = planes.pop("body")
                self._cut(axis, planes, body, place % 2 == 1)
            self._lines[axis] = []
        self._numbers = []

    def _cut(self, axis: str, planes: Pictures, body: np.ndarray, beside: bool) -> None:
        size_um = self.grid.slice_size_um(axis)
        square = {name: square_pixels(plane, size_um) for name, plane in planes.items()}
        self.patches[axis].add(square, square_pixels(body, size_um), beside, self.side_px)


def _squares(shape: Sequence[int], side_px: int) -> Iterator[tuple[slice, slice]]:
    """Yield rows and columns of squares that do not overlap, in the middle of a plane; none where
    it is narrower than `SMALLEST_PX`."""
    height, width = (min(n, side_px) for n in shape)
    if min(height, width) < SMALLEST_PX:
        return
    down, across = shape[0] // height, shape[1] // width
    top, left = (shape[0] - down * height) // 2, (shape[1] - across * width) // 2
    for row in range(top, top + down * height, height):
        for col in range(left, left + across * width, width):
            yield slice(row, row + height), slice(col, col + width)


def _places(body: np.ndarray) -> np.ndarray:
    """Return rows or columns evenly spaced over those with body."""
    there = np.flatnonzero(body)
    return there[_spaced(len(there), PLACES)]


def _spaced(count: int, most: int) -> list[int]:
    """Return at most so many of `count` places, evenly spaced.

    >>> _spaced(3, 8), _spaced(100, 4)
    ([0, 1, 2], [12, 37, 62, 87])
    """
    taken = min(count, most)
    return [int((k + 0.5) * count / taken) for k in range(taken)]
