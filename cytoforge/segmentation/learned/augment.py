"""What other labs' images would look like: tiles turned, resized, stained and lit otherwise."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy import ndimage
from skimage.color import hed_from_rgb, rgb_from_hed
from torch.nn import functional as F

SCALES: Mapping[str, tuple[float, float]] = {
    "phase": (0.65, 1.5),
    "stain": (0.65, 1.7),
    "colours": (0.65, 1.7),
    "channels": (0.65, 1.5),
}
"""Factors between which fields of each kind are resized; sections are scanned at 20 × and 40 ×."""
IHC = 0.25
"""Tiles of H&E that are changed to what immunohistochemistry of the same section could show."""


def cut_tile(
    pixels: np.ndarray,
    labels: np.ndarray,
    tile_px: int,
    scales: tuple[float, float],
    random: np.random.Generator,
    turns: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a square of a field, resized by a random factor, turned by any of 8 symmetries.

    Parameters
    ----------
    pixels : float32 (C, Y, X); resized by lines
    labels : integers (Y, X); by nearest neighbour
    scales : least and greatest factor
    turns : False where it has been turned before

    Returns
    -------
    float32 (C, T, T) and integers (T, T)
    """
    factor = float(np.exp(random.uniform(*np.log(scales))))
    side = min(round(tile_px / factor), *labels.shape)
    row, col = (int(random.integers(size - side + 1)) for size in labels.shape)
    box = np.s_[..., row : row + side, col : col + side]
    tile = torch.from_numpy(np.ascontiguousarray(pixels[box]))[None]
    resized = F.interpolate(tile, (tile_px, tile_px), mode="bilinear", antialias=side > tile_px)[
        0
    ].numpy()
    lines = ((np.arange(tile_px) + 0.5) * side / tile_px).astype(int)
    flags = random.integers(0, 2, 3) if turns else np.zeros(3, int)
    return _turned(resized, labels[box][np.ix_(lines, lines)], flags)


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


def other_lamp(contrast: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return `inputs.contrast_of` of another contrast, level, focus and noise.

    With the sign of a third of the tiles turned as well, F1 of validation fell from 0.849 to 0.816:
    pictures of bright cells in dark halos are inverted before (`cytoplasm_channel: inverted`).
    """
    other = contrast * random.uniform(0.6, 1.5) + random.normal(0, 0.3)
    other = _other_focus(other, 1.0, random)
    return other + random.normal(0, random.uniform(0, 0.25), contrast.shape)


def other_exposure(grey: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return `inputs.scaled_of` of another exposure and level of each channel, focus and noise."""
    each = (len(grey), 1, 1)
    other = grey * random.uniform(0.6, 1.5, each) + random.normal(0, 0.3, each)
    other = _other_focus(other, 1.6, random)
    return other + random.normal(0, random.uniform(0, 0.25), grey.shape)


def other_stain(
    transmission: np.ndarray, labels: np.ndarray, random: np.random.Generator, ihc: float = IHC
) -> np.ndarray:
    """Return `inputs.transmission_of`, or `colours_of`, of other stains, exposure, focus and noise.

    Concentrations of haematoxylin, eosin and DAB are changed by c' = a c + b with b in ±0.08 and a
    in 0.75 to 1.25 (Tellez et al. 2018, 10.1109/TMI.2018.2820199), and their colours by a tenth.
    Eosin, which is no nucleus, is halved to doubled: fibres of another lab are no nuclei either.
    A fraction `ihc` of tiles is changed to immunohistochemistry.
    """
    density = -np.log(np.clip(transmission, 1 / 255, None))  # (3, T, T)
    stains = np.tensordot(hed_from_rgb.T, density, 1)  # (3, T, T)
    factor, offset = random.uniform(0.75, 1.25, 3), random.uniform(-0.08, 0.08, 3)
    factor[1] = np.exp(random.uniform(-np.log(2), np.log(2)))
    stains = stains * factor[:, None, None] + offset[:, None, None]
    colours = rgb_from_hed * random.uniform(0.9, 1.1, (3, 3))
    if random.random() < ihc:
        stains = _as_ihc(stains, labels, random)
        colours[0, 1] *= random.uniform(0.5, 1)  # a counterstain is rather blue than violet
    other = np.exp(-np.tensordot(colours.T, stains, 1)) ** random.uniform(0.8, 1.25)
    other = _other_focus(other, 1.2, random)
    return other + random.normal(0, random.uniform(0, 0.03), other.shape)


def _as_ihc(stains: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return concentrations as immunohistochemistry shows them: no eosin, a pale counterstain of
    nuclei alone, and brown DAB in the place of it in some of them.

    stains : haematoxylin, eosin and DAB, (3, T, T)
    labels : instance labels of nuclei, (T, T)
    """
    ground = stains[0][labels == 0]
    blue = np.maximum(stains[0] - (np.median(ground) if ground.size else 0.0), 0)
    pale = random.uniform(0.3, 1)
    positive = random.random(int(labels.max(initial=0)) + 1) < random.uniform(0, 0.6)
    positive[0] = False
    brown = ndimage.gaussian_filter(positive[labels].astype(float), 0.7)  # (T, T) in [0, 1]
    dab = brown * blue * random.uniform(0.8, 2.5)
    eosin = stains[1] * random.uniform(0, 0.15)
    return np.stack([pale * blue * (1 - random.uniform(0.5, 1) * brown), eosin, dab])


def _other_focus(pixels: np.ndarray, most: float, random: np.random.Generator) -> np.ndarray:
    """Blur three tiles of ten, by 0.3 px to `most`."""
    if random.random() >= 0.3:
        return pixels
    sigma = random.uniform(0.3, most)
    return ndimage.gaussian_filter(pixels, (0, sigma, sigma))


OTHERS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "phase": other_lamp,
    "stain": other_stain,
    "colours": other_stain,
    "channels": other_exposure,
}
"""The augmentation of each kind of input: of pixels (C, T, T) with labels (T, T)."""
