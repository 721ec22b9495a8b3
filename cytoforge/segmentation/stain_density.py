"""Optical densities of haematoxylin, eosin and DAB by colour deconvolution, and DAB's mask.

Ruifrok and Johnston 2001: stains absorb by Beer and Lambert, so that densities add up. With
OD = -log10(I / I0) in red, green and blue, and the colour of each stain as a row of a matrix M,
OD = c M, the densities are c = OD M⁻¹.
"""

import numpy as np

STAINS = ("haematoxylin", "eosin", "dab")
# Red, green and blue of each stain as Ruifrok and Johnston measured them.
VECTORS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
_UNMIX = np.linalg.inv(VECTORS)
# The public code for virtual stains calls a pixel positive above 0.07 of scikit-image's DAB, which
# counts in units of six decades: log(1e-6) is its darkest. So 0.07 is a density of 0.42.
DECADES = 6.0
POSITIVE = 0.07
SWEEP = (0.03, 0.05, 0.07, 0.09, 0.11, 0.15)
# -log10 of the 256 levels. A level of 0 counts as 1: the camera saw less than that, not nothing.
_OD = -np.log10(np.maximum(np.arange(256), 1) / 255).astype(np.float32)


def optical_density(rgb: np.ndarray) -> np.ndarray:
    """Return -log10(I / 255), float32 (..., 3) from 0 to 2.4, of red, green and blue uint8."""
    if rgb.dtype != np.uint8 or rgb.shape[-1] != 3:
        raise ValueError(f"expected uint8 (..., 3), got {rgb.dtype} {rgb.shape}")
    return _OD[rgb]


def stain_densities(rgb: np.ndarray) -> np.ndarray:
    """Return the optical densities of haematoxylin, eosin and DAB, float32 (..., 3).

    Decadic (1 lets a tenth of the light through). Not clipped at 0: what is below it is noise, and
    cutting it off would raise every mean.

    rgb : uint8 (..., 3), 255 is the empty slide

    White has none of them:

    >>> stain_densities(np.full((1, 3), 255, np.uint8)).round(3).tolist()
    [[0.0, 0.0, 0.0]]
    """
    found: np.ndarray = optical_density(rgb) @ _UNMIX.astype(np.float32)
    return found


def density_of(rgb: np.ndarray, stain: str) -> np.ndarray:
    """Return one plane of `stain_densities`, float32 (...)."""
    found: np.ndarray = optical_density(rgb) @ _UNMIX[:, STAINS.index(stain)].astype(np.float32)
    return found


def dab_amount(densities: np.ndarray) -> np.ndarray:
    """Return DAB of `stain_densities` in the unit of scikit-image's `rgb2hed`, float32 (...)."""
    amount: np.ndarray = densities[..., STAINS.index("dab")] / np.float32(DECADES)
    return amount


def mean_densities(densities: np.ndarray) -> dict[str, float]:
    """Return the mean of `stain_densities` over a photograph, by stain."""
    means = densities.reshape(-1, len(STAINS)).mean(0, dtype=np.float64)
    return dict(zip(STAINS, means.tolist(), strict=True))
