"""A volume as radiologists look at it: three planes through the middle of the body."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cytoforge.images.picture import Colour
from cytoforge.images.volume_grid import PLANES, VolumeGrid, picture_axes
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.slice_store import SliceStore

_GAP_PX, _PAPER = 4, 255


def three_planes(
    volumes: Sequence[SliceStore],
    labels: SliceStore,
    middle: Mapping[str, int],
    window: tuple[float, float],
    colours: Mapping[int, Colour],
) -> np.ndarray:
    """Return one picture, uint8 (Y, X, 3): a row per plane, its labels first, then each volume.

    Pixels are square: lengths along an axis of thick slices are repeated, never interpolated.

    Parameters
    ----------
    volumes : e.g. the real and the made one, on one grid
    middle : number of the slice along each body axis
    window : values that become black and white
    colours : of labels; others are black
    """
    marks = planes_at(labels, middle)
    table = np.zeros((max(int(one.max()) for one in marks.values()) + 1, 3), np.uint8)
    for label, colour in colours.items():
        if 0 <= label < len(table):
            table[label] = colour
    greys = [planes_at(one, middle) for one in volumes]
    rows = []
    for axis in PLANES.values():
        pictures = [table[marks[axis]], *(_grey(one[axis], window) for one in greys)]
        size_um = labels.grid.slice_size_um(axis)
        rows.append(_beside([square_pixels(one, size_um) for one in pictures]))
    return _below(rows)


def planes_at(store: SliceStore, numbers: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return a slice as a picture (Y, X) along each body axis; all slices are read once."""
    grid, own = store.grid, store.axis
    row_axis, col_axis = picture_axes(own)
    row, col = (grid.count(axis) - numbers[axis] for axis in (row_axis, col_axis))
    # Copies: a view would hold its slice, and all of them the volume.
    lines = [(one[row].copy(), one[:, col].copy()) for one in store.pictures()][::-1]
    found = {own: store.picture(numbers[own])}
    for axis, crossed in zip((row_axis, col_axis), zip(*lines, strict=True), strict=True):
        plane = np.stack(crossed)
        found[axis] = plane if picture_axes(axis)[0] == own else plane.T
    return found


def middle_of(
    body: MaskStack, numbers: Iterable[int], grid: VolumeGrid, axis: str
) -> dict[str, int]:
    """Return the number of the slice through the middle of the body along each body axis.

    body : a mask per slice along `axis`, from slice 1 on; only those of `numbers` are looked at
    """
    per_slice = np.zeros(len(body))
    rows, cols = (np.zeros(n) for n in body.shape)
    for number in numbers:
        plane = body[number - 1]
        per_slice[number - 1] = plane.sum()
        rows, cols = rows + plane.sum(1), cols + plane.sum(0)
    row_axis, col_axis = picture_axes(axis)
    along = {axis: per_slice, row_axis: rows[::-1], col_axis: cols[::-1]}
    halves = {one: np.searchsorted(np.cumsum(n), n.sum() / 2) for one, n in along.items()}
    return {one: int(min(half, grid.count(one) - 1)) + 1 for one, half in halves.items()}


def _grey(plane: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    low, high = window
    unit = np.clip((plane.astype(np.float64) - low) / (high - low), 0, 1)
    return np.repeat(np.rint(255 * unit).astype(np.uint8)[..., None], 3, axis=-1)


def square_pixels(picture: np.ndarray, size_um: tuple[float, float]) -> np.ndarray:
    """Return a picture whose pixels are as wide as high, by nearest neighbours.

    size_um : width and height of a pixel
    """
    width, height = size_um
    finest = min(width, height)
    rows, cols = (
        (np.arange(round(n * length / finest)) * finest / length).astype(int).clip(max=n - 1)
        for n, length in ((picture.shape[0], height), (picture.shape[1], width))
    )
    return picture[rows][:, cols]


def _beside(pictures: Sequence[np.ndarray]) -> np.ndarray:
    gap = np.full((len(pictures[0]), _GAP_PX, 3), _PAPER, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def _below(rows: Sequence[np.ndarray]) -> np.ndarray:
    width = max(row.shape[1] for row in rows)
    parts = []
    for row in rows:
        whole = np.full((len(row) + _GAP_PX, width, 3), _PAPER, np.uint8)
        whole[: len(row), : row.shape[1]] = row
        parts.append(whole)
    return np.concatenate(parts)[:-_GAP_PX]
