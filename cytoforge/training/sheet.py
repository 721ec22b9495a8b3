"""Sample sheets: what a task shows of a few tiles, side by side."""

from collections.abc import Mapping, Sequence

import numpy as np

from cytoforge.config.task import Task
from cytoforge.images.picture import Colour, colour_composite

MARGIN_PX = 4


def task_sheet(
    task: Task,
    planes: Mapping[str, np.ndarray],
    colours: Sequence[Colour],
    channels: Sequence[str] = (),
) -> np.ndarray:
    """Return uint8 (Y, X, 3): one row per tile, the columns that the task names.

    Parameters
    ----------
    planes : of N tiles by name, and `made`, and `back` where a model goes both ways; images float
        (N, C, T, T) in [0, 1], label maps and instance labels integers (N, T, T); made instance
        labels may have another side
    colours : red, green, blue of each code
    """
    columns = []
    for name in task.sheet:
        if name == "back" and name not in planes:
            continue  # the model goes one way
        plane = planes[name]
        if name == "instances" or (name == "made" and task.output == "instances"):
            columns.append(_numbered(plane, planes["instances"].shape[-1]))
        elif plane.ndim == 3:
            columns.append(_coloured(plane, colours))
        else:
            columns.append(_composed(plane, channels))
    return _side_by_side(columns)


def _numbered(instances: np.ndarray, side: int) -> np.ndarray:
    """Return each object in a colour of its own, none black, enlarged by nearest neighbour."""
    lines = np.arange(side) * instances.shape[-1] // side
    ids = instances[:, lines[:, None], lines].astype(np.int64)  # (N, T, T)
    # Neighbours' ids are neighbours: the golden ratio takes their hues far apart.
    hues = (ids * 0.618034)[..., None] + np.arange(3) / 3
    bright = 155 + 100 * np.cos(2 * np.pi * hues)
    found: np.ndarray = np.where(ids[..., None] > 0, bright, 0).astype(np.uint8)
    return found


def _coloured(labels: np.ndarray, colours: Sequence[Colour]) -> np.ndarray:
    found: np.ndarray = np.array(colours, np.uint8)[labels]  # (N, T, T, 3)
    return found


def _composed(images: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    return np.stack([colour_composite(image, channels) for image in images])  # (N, T, T, 3)


def _side_by_side(columns: Sequence[np.ndarray]) -> np.ndarray:
    count, side = columns[0].shape[:2]
    step = side + MARGIN_PX
    shape = (count * step - MARGIN_PX, len(columns) * step - MARGIN_PX, 3)
    sheet = np.full(shape, 255, np.uint8)
    for column, panels in enumerate(columns):
        for row, panel in enumerate(panels):
            sheet[row * step :, column * step :][:side, :side] = panel
    return sheet
