"""Sample sheets: label map, generated and real image of a few tiles side by side."""

from collections.abc import Sequence

import numpy as np

from cytoforge.images.picture import Colour, colour_composite

MARGIN_PX = 4


def sample_sheet(
    labels: np.ndarray,
    fake: np.ndarray,
    real: np.ndarray,
    colours: Sequence[Colour],
    channels: Sequence[str] = (),
) -> np.ndarray:
    """Return uint8 (Y, X, 3): one row a tile, columns label map, generated, real.

    Parameters
    ----------
    labels : uint8 (N, T, T)
    fake, real : float (N, C, T, T) in [0, 1]
    colours : red, green, blue of each code
    """
    columns = [_coloured(labels, colours), _composed(fake, channels), _composed(real, channels)]
    return _side_by_side(columns)


def prediction_sheet(
    images: np.ndarray,
    predicted: np.ndarray,
    labels: np.ndarray,
    colours: Sequence[Colour],
    channels: Sequence[str] = (),
) -> np.ndarray:
    """Return uint8 (Y, X, 3): one row a tile, columns image, predicted label map, label map.

    Parameters
    ----------
    images : float (N, C, T, T) in [0, 1]
    predicted, labels : integers (N, T, T)
    """
    columns = [_composed(images, channels), _coloured(predicted, colours)]
    return _side_by_side([*columns, _coloured(labels, colours)])


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
