"""What other labs' images would look like: tiles turned, resized, stained and lit otherwise."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy import ndimage
from skimage.color import hed_from_rgb, rgb_from_hed
from torch.nn import functional as F

SCALES = (0.65, 1.5)


def cut_tile(
    pixels: np.ndarray, labels: np.ndarray, tile_px: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a square of a field, resized by a random factor and turned: any of 8 symmetries.

    Parameters
    ----------
    pixels : float32 (C, Y, X); resized by lines
    labels : integers (Y, X); by nearest neighbour

    Returns
    -------
    float32 (C, T, T) and integers (T, T)
    """
    factor = float(np.exp(random.uniform(*np.log(SCALES))))
    side = min(round(tile_px / factor), *labels.shape)
    row, col = (int(random.integers(size - side + 1)) for size in labels.shape)
    box = np.s_[..., row : row + side, col : col + side]
    tile = torch.from_numpy(np.ascontiguousarray(pixels[box]))[None]
    resized = F.interpolate(tile, (tile_px, tile_px), mode="bilinear", antialias=side > tile_px)[
        0
    ].numpy()
    lines = ((np.arange(tile_px) + 0.5) * side / tile_px).astype(int)
    return _turned(resized, labels[box][np.ix_(lines, lines)], random.integers(0, 2, 3))


def _turned(
    pixels: np.ndarray, labels: np.ndarray, flags: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    for flag, turn in zip(flags, (_transposed, _upside_down, _mirrored), strict=True):
        if flag:
            pixels, labels = turn(pixels), turn(labels)
    return np.ascontiguousarray(pixels), np.ascontiguousarray(labels)


def _transposed(plane: np.ndarray) -> np.ndarray:
    return np.swapaxes(plane, -1, -2)


def _upside_down(plane: np.ndarray) -> np.ndarray:
    return plane[..., ::-1, :]


def _mirrored(plane: np.ndarray) -> np.ndarray:
    return plane[..., ::-1]


def other_lamp(contrast: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return `inputs.contrast_of` of another contrast, level, focus and noise."""
    other = contrast * random.uniform(0.6, 1.5) + random.normal(0, 0.3)
    other = _other_focus(other, 1.0, random)
    return other + random.normal(0, random.uniform(0, 0.25), contrast.shape)


def other_stain(transmission: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return `inputs.transmission_of` of other stains, exposure, focus and noise.

    Concentrations of haematoxylin, eosin and DAB are changed by c' = a c + b with a in 0.75 to 1.25
    and b in ±0.08 (Tellez et al. 2018, 10.1109/TMI.2018.2820199), and their colours by a tenth.
    """
    density = -np.log(np.clip(transmission, 1 / 255, None))  # (3, T, T)
    stains = np.tensordot(hed_from_rgb.T, density, 1)  # (3, T, T)
    factor, offset = random.uniform(0.75, 1.25, 3), random.uniform(-0.08, 0.08, 3)
    stains = stains * factor[:, None, None] + offset[:, None, None]
    colours = rgb_from_hed * random.uniform(0.9, 1.1, (3, 3))
    other = np.exp(-np.tensordot(colours.T, stains, 1)) ** random.uniform(0.8, 1.25)
    other = _other_focus(other, 1.2, random)
    return other + random.normal(0, random.uniform(0, 0.03), other.shape)


def _other_focus(pixels: np.ndarray, most: float, random: np.random.Generator) -> np.ndarray:
    """Blur three tiles of ten, by 0.3 px to `most`."""
    if random.random() >= 0.3:
        return pixels
    sigma = random.uniform(0.3, most)
    return ndimage.gaussian_filter(pixels, (0, sigma, sigma))


OTHERS: Mapping[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "phase": other_lamp,
    "stain": other_stain,
}
"""The augmentation of each kind of input."""
