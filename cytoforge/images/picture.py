"""Pictures for eyes: channels as colours, and PNG files."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from cytoforge.jobs.atomic import atomic_path

_NOTE = "Description"  # a keyword of the PNG specification
Colour = tuple[int, int, int]

# Blue, green, red, magenta, yellow, then again: DNA first, as in microscopy.
CHANNEL_COLOURS: tuple[Colour, ...] = (
    (0, 90, 255),
    (0, 255, 0),
    (255, 0, 0),
    (255, 0, 255),
    (255, 255, 0),
)
RGB: tuple[Colour, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


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


def write_png(path: str | Path, picture: np.ndarray, note: str = "") -> None:
    """Write uint8 (Y, X) or (Y, X, 3) as PNG, atomically; `note` travels in the file as its text
    `Description`, which picture viewers show too."""
    text = PngInfo()
    if note:
        text.add_itxt(_NOTE, note)
    with atomic_path(path) as temporary:
        PillowImage.fromarray(picture).save(temporary, format="PNG", pnginfo=text)


def note_of(path: str | Path) -> str:
    """Return the note that `write_png` wrote into a file; "" where there is none."""
    with PillowImage.open(path) as picture:
        return str(picture.info.get(_NOTE, ""))
