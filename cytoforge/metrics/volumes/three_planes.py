"""A volume as radiologists look at it: three planes through the middle of the body."""

from collections.abc import Mapping, Sequence

import numpy as np

from cytoforge.images.picture import Colour
from cytoforge.images.volume_grid import PLANES, VolumeGrid, slice_view

_GAP_PX, _PAPER = 4, 255


def three_planes(
    volumes: Sequence[np.ndarray],
    labels: np.ndarray,
    body: np.ndarray,
    grid: VolumeGrid,
    window: tuple[float, float],
    colours: Mapping[int, Colour],
) -> np.ndarray:
    """Return one picture, uint8 (Y, X, 3): a row per plane, its labels first, then each volume.

    Pixels are square: lengths along an axis of thick slices are repeated, never interpolated.

    Parameters
    ----------
    volumes : e.g. the real and the made one, on one grid
    body : bool; its middle is where the planes meet
    window : values that become black and white
    colours : of labels; others are black
    """
    table = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    for label, colour in colours.items():
        if 0 <= label < len(table):
            table[label] = colour
    rows = []
    for axis in PLANES.values():
        number = _middle(body, grid, axis)
        pictures = [table[slice_view(labels, grid, axis, number)]]
        pictures += [_grey(slice_view(one, grid, axis, number), window) for one in volumes]
        rows.append(_beside([_square(one, grid.slice_size_um(axis)) for one in pictures]))
    return _below(rows)


def _middle(body: np.ndarray, grid: VolumeGrid, axis: str) -> int:
    """Return the number of the slice through the middle of the body."""
    fixed, along = grid.file_axis(axis)
    per_slice = body.sum(axis=tuple(one for one in range(3) if one != fixed)).astype(np.float64)
    if not along:
        per_slice = per_slice[::-1]
    halves = np.searchsorted(np.cumsum(per_slice), per_slice.sum() / 2)
    return int(min(halves, len(per_slice) - 1)) + 1


def _grey(plane: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    low, high = window
    unit = np.clip((plane.astype(np.float64) - low) / (high - low), 0, 1)
    return np.repeat(np.rint(255 * unit).astype(np.uint8)[..., None], 3, axis=-1)


def _square(picture: np.ndarray, size_um: tuple[float, float]) -> np.ndarray:
    """Return a picture whose pixels are as wide as high, by nearest neighbours."""
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
