"""What a network sees of an image: the same for every microscope and lamp."""

import numpy as np
from scipy import ndimage

# Of the local mean that is taken away: some cells wide, so that shading goes and halos stay.
_SHADING_PX = 40
_LIMIT = 6.0


def contrast_of(pixels: np.ndarray) -> np.ndarray:
    """Return a field without shading, in standard deviations, float32 (1, Y, X) in [-6, 6].

    pixels : any number type and range, (C, Y, X), of which the first channel is taken
    """
    grey = pixels[0].astype(np.float32)
    level = grey - ndimage.gaussian_filter(grey, _SHADING_PX)
    return np.clip(level / max(float(level.std()), 1e-6), -_LIMIT, _LIMIT)[None]


def transmission_of(red_green_blue: np.ndarray) -> np.ndarray:
    """Return the light that comes through, relative to the slide's own white.

    red_green_blue : any number type and range, 0 is black, (3, Y, X)

    Returns float32 (3, Y, X) in [0, 1.2]. White is the 99th percentile of the brightest channel.
    """
    light = red_green_blue.astype(np.float32)
    white = float(np.percentile(light.max(0), 99))
    return np.clip(light / max(white, 1e-6), 0, 1.2)


def scaled_of(unit: np.ndarray) -> np.ndarray:
    """Return all channels on the scale that the image was given when it was read.

    unit : (C, Y, X) in [0, 1]

    Returns float32 (C, Y, X) in [-2, 2]: about the spread of `contrast_of`, so that the same
    noise is as strong.
    """
    return unit.astype(np.float32) * 4 - 2


def colours_of(unit: np.ndarray) -> np.ndarray:
    """Return red, green and blue as they are, float32 (3, Y, X) in [0, 1]."""
    return unit.astype(np.float32)


INPUTS = {
    "phase": contrast_of,
    "stain": transmission_of,
    "channels": scaled_of,
    "colours": colours_of,
}
"""What a network of each kind sees of a field (C, Y, X)."""
