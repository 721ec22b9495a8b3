"""Sample sheets: label map, generated and real image of a few tiles side by side."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PILImage

from cytoforge.atomic import atomic_path
from cytoforge.training.data import Colour

CHANNEL_COLOURS = ((0, 90, 255), (0, 255, 0), (255, 0, 0), (255, 0, 255), (255, 255, 0))
"""Blue, green, red, magenta, yellow, then again: DNA first, as in microscopy."""

RGB = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
MARGIN_PX = 4


def colour_composite(unit: np.ndarray, channels: Sequence[str] = ()) -> np.ndarray:
    """Return uint8 (Y, X, 3) of an image (C, Y, X) in [0, 1].

    One channel is grey; channels called red, green, blue are a photograph's; otherwise each
    channel has its microscopy colour and colours add up.
    """
    names = [name.lower() for name in channels]
    if len(unit) == 1:
        colours: tuple[Colour, ...] = ((255, 255, 255),)
    elif names in (["red", "green", "blue"], ["r", "g", "b"]):
        colours = RGB
    else:
        colours = tuple(itertools.islice(itertools.cycle(CHANNEL_COLOURS), len(unit)))
    mixed = np.tensordot(unit, np.array(colours), axes=(0, 0))  # (Y, X, 3)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


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


def write_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write a sheet as PNG."""
    with atomic_path(path) as temporary:
        PILImage.fromarray(sheet).save(temporary)
