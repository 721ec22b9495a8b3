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
    palette = np.array(colours, np.uint8)
    count, side = labels.shape[0], labels.shape[1]
    step = side + MARGIN_PX
    sheet = np.full((count * step - MARGIN_PX, 3 * step - MARGIN_PX, 3), 255, np.uint8)
    for row in range(count):
        images = [colour_composite(image[row], channels) for image in (fake, real)]
        for column, panel in enumerate([palette[labels[row]], *images]):
            sheet[row * step :, column * step :][:side, :side] = panel
    return sheet
