"""What a camera makes of the light of spots and of their surroundings."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.config.spots import SpotsConfig
from cytoforge.spots.optics import Optics, light_of_spots
from cytoforge.spots.positions import Spots, log_normal

# Light outside objects, of that within: other planes, the medium, the glass.
OUTSIDE = 0.2
# How unequal the background of objects is, as a coefficient of variation.
UNEQUAL = 0.25
# At its edge an object is so thick, of its thickest.
EDGE = 0.4
# Light from above and below the focus blurs the edges of objects: σ in widths of a spot.
BLUR = 3.0


@dataclass(frozen=True)
class Exposure:
    """Grey values, uint8 or uint16 (Y, X), and the part of them that is at the highest."""

    pixels: np.ndarray
    saturated: float


def expose(
    spots: Spots,
    labels: np.ndarray,
    optics: Optics,
    config: SpotsConfig,
    rng: np.random.Generator,
) -> Exposure:
    """Return the image of spots in objects.

    Photons are counted (Poisson) after all light of a pixel is added up; then comes the noise of
    reading it out, the gain, and the pedestal.

    Parameters
    ----------
    labels : instance labels of the objects, int32 (Y, X)
    """
    shape = (labels.shape[0], labels.shape[1])
    sigma = optics.sigma_at(spots.z)
    light = light_of_spots(spots.y, spots.x, spots.photons, sigma, shape)
    light += background(labels, optics.sigma_px, config, rng)
    counted = rng.poisson(light) + rng.normal(0, config.read_noise, shape)
    grey = np.rint(counted * config.gain + config.pedestal)
    dtype = np.uint8 if config.bits == 8 else np.uint16
    pixels = np.clip(grey, 0, config.most_grey).astype(dtype)
    return Exposure(pixels, float((pixels == config.most_grey).mean()))


def background(
    labels: np.ndarray, sigma_px: float, config: SpotsConfig, rng: np.random.Generator
) -> np.ndarray:
    """Return the photons per pixel that are of no spot, float64 (Y, X).

    Of objects: thicker towards the middle, unequal, blurred at the edge; their mean within all
    objects is `config.background`.
    """
    if config.background_form == "flat" or not labels.any():
        return np.full(labels.shape, float(config.background))
    depth = _depth(labels)
    dome = EDGE + (1 - EDGE) * np.sqrt(1 - (1 - depth) ** 2)
    own = log_normal(1.0, UNEQUAL, int(labels.max()) + 1, rng)
    inside = labels > 0
    light = np.where(inside, dome * own[labels], 0.0)
    light = OUTSIDE + (1 - OUTSIDE) * light
    light = ndimage.gaussian_filter(light, max(BLUR * sigma_px, 1.0), mode="nearest")
    return np.asarray(light * (config.background / light[inside].mean()))


def _depth(labels: np.ndarray) -> np.ndarray:
    """Return how deep in its object a pixel lies, 0 at its edge to 1; 0 outside, (Y, X)."""
    edges = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        changed = np.diff(labels, axis=axis) != 0
        pad = [(0, 1) if k == axis else (0, 0) for k in (0, 1)]
        edges |= np.pad(changed, pad) | np.pad(changed, [side[::-1] for side in pad])
    distance = ndimage.distance_transform_edt((labels > 0) & ~edges)
    deepest = ndimage.maximum(distance, labels, np.arange(int(labels.max()) + 1))
    return np.asarray(np.where(labels > 0, distance / np.maximum(deepest, 1)[labels], 0.0))
