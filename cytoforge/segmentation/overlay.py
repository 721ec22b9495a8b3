"""A picture of a segmentation laid over its image, for the eye of a biologist."""

from collections.abc import Iterable
from itertools import cycle

import numpy as np
from scipy import ndimage

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.segmentation.identity import row_strips
from cytoforge.segmentation.segmentation import Segmentation

COLOURS = {
    "cells": (255, 214, 10),  # yellow
    "nuclei": (64, 224, 255),  # cyan
    "gap": (214, 73, 120),  # magenta, the one hue the picture does not use otherwise
}
# Of other objects, in the order of their planes.
FURTHER_COLOURS = ((255, 96, 64), (190, 255, 120), (255, 170, 255), (150, 150, 255))
_TINT = 0.28


def overlay(
    image: Image,
    segmentation: Segmentation,
    nuclei_channel: str | None = None,
    cytoplasm_channel: str | None = None,
) -> np.ndarray:
    """Return uint8 (Y, X, 3): cytoplasm green, nuclei blue, outlines 1 px, masks tinted.

    Channels default to the first and the last, as in the config. A picture of one channel is grey.
    """
    nuclei = image.only(nuclei_channel or image.channels[0])
    cytoplasm = image.only(cytoplasm_channel or image.channels[-1])
    black = _black_level(nuclei), _black_level(cytoplasm)
    grey = _same(nuclei, cytoplasm)
    colours = object_colours(segmentation.objects)
    outlines = {name: inner_outline(array) for name, array in segmentation.instances.items()}
    whole = np.empty((*image.shape, 3), np.uint8)
    for rows in row_strips(image.shape):  # colours as floats take 40 bytes per pixel
        n = _brighten(to_unit(nuclei.crop(rows))[0], black[0])
        c = _brighten(to_unit(cytoplasm.crop(rows))[0], black[1])
        picture = np.repeat(n[..., None], 3, axis=2) if grey else _colour(n, c)
        for name, mask in segmentation.masks.items():
            tint, inside = np.asarray(colours[name], np.float32) / 255, mask[rows]
            picture[inside] = (1 - _TINT) * picture[inside] + _TINT * tint
        for name, outline in outlines.items():
            picture[outline[rows]] = np.asarray(colours[name]) / 255
        whole[rows] = np.rint(picture * 255).astype(np.uint8)
    return whole


def object_colours(names: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Return red, green, blue (0–255) of the outline or tint of each name of objects.

    >>> object_colours(["cells", "spots"])
    {'cells': (255, 214, 10), 'spots': (255, 96, 64)}
    """
    further = cycle(FURTHER_COLOURS)
    return {name: COLOURS[name] if name in COLOURS else next(further) for name in names}


def inner_outline(labels: np.ndarray) -> np.ndarray:
    """Return the object pixels with a 4-neighbour of another label, bool (Y, X).

    The image's edge is no outline.
    """
    outline = np.zeros(labels.shape, bool)
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    outline[1:] |= down
    outline[:-1] |= down
    outline[:, 1:] |= right
    outline[:, :-1] |= right
    return outline & (labels > 0)


def _same(nuclei: Image, cytoplasm: Image) -> bool:
    """Whether both show the same: one channel, or a grey picture saved as a coloured one."""
    return nuclei.channels == cytoplasm.channels or (
        nuclei.ranges == cytoplasm.ranges and np.array_equal(nuclei.pixels, cytoplasm.pixels)
    )


def _colour(n: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return float32 (Y, X, 3) in [0, 1] of nuclei and cytoplasm."""
    # Green cytoplasm with some grey in it, nuclei blue with a touch of white to stay visible.
    red = 0.35 * c + 0.25 * n
    green = 0.75 * c + 0.30 * n
    blue = 0.35 * c + 0.95 * n
    return np.clip(np.stack([red, green, blue], axis=2), 0, 1)


def _black_level(channel: Image) -> float:
    """Return what is drawn black, in [0, 1]: the first percentile, without noise."""
    thinned = [
        ndimage.uniform_filter(to_unit(channel.crop(rows))[0], 5)[::4, ::4]
        for rows in row_strips(channel.shape)
    ]
    return float(np.percentile(np.concatenate(thinned), 1))


def _brighten(unit: np.ndarray, low: float) -> np.ndarray:
    """Square root: fluorescence spans decades and dim cells would vanish in black."""
    return np.sqrt(np.clip((unit - low) / max(1 - low, 1e-6), 0, 1)).astype(np.float32)
