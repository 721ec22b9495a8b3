"""How wide a spot is, and the light of spots on the pixels of a camera."""

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError

# σ of the Gaussian that fits the wide-field point-spread function, in λ / NA, and along the axis in
# λ n / NA² (Zhang, Zerubia and Olivo-Marin 2007 give 0.21 and 0.66 for small apertures).
LATERAL, AXIAL = 0.21, 0.66
# A pixel farther away than so many σ gets less than 6e-7 of a spot's light.
REACH = 5.0


@dataclass(frozen=True)
class Optics:
    """Widths of a spot: `sigma_px` in focus, `axial_um` the σ along the axis; None: not known."""

    sigma_px: float
    axial_um: float | None = None

    def sigma_at(self, z_um: np.ndarray) -> np.ndarray:
        """Return σ (px) of spots at these distances from the focus, as of a Gaussian beam.

        On the axis such a beam has 1 / (1 + z² / 2s²) of its light in focus, which near the focus
        is the Gaussian of σ s; all its photons are still in the plane.

        >>> Optics(1.0, 0.5).sigma_at(np.array([0.0, 0.5])).round(3).tolist()
        [1.0, 1.225]
        """
        z = np.asarray(z_um, np.float64)
        if self.axial_um is None:
            return np.full(z.shape, self.sigma_px)
        return self.sigma_px * np.sqrt(1 + z**2 / (2 * self.axial_um**2))


def optics_of(config: SpotsConfig, pixel_size_um: float | None, where: str) -> Optics:
    """Return the widths that the config asks for; `where` names the map in a message.

    Raises
    ------
    UserError : the size of a pixel is needed and not known

    >>> round(optics_of(SpotsConfig(), 0.103, "").sigma_px, 2)
    0.84
    """
    wavelength_um = config.wavelength_nm / 1000
    if pixel_size_um is None and (config.sigma_px is None or config.depth_um):
        raise UserError(
            where=where,
            expected="the size of a pixel, which the width of a spot and its blur depend on",
            found="none",
            fix="set `images.pixel_size_um`, or give `spots.sigma_px` and no `depth_um`",
        )
    sigma = config.sigma_px
    if sigma is None:
        assert pixel_size_um is not None
        sigma = LATERAL * wavelength_um / config.na / pixel_size_um
    axial = AXIAL * wavelength_um * config.refractive_index / config.na**2
    return Optics(sigma, axial if config.depth_um else None)


def light_of_spots(
    rows: np.ndarray,
    cols: np.ndarray,
    photons: np.ndarray,
    sigma_px: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """Return the photons per pixel of all spots, float64 (Y, X): each Gaussian integrated.

    A Gaussian taken at the middle of its brightest pixel would be 42 % too high for σ = 0.47 px (NA
    0.8 and pixels of 0.325 µm). What falls beyond the edge of the image is lost.

    Parameters
    ----------
    rows, cols, photons, sigma_px : (n,); the middle of a pixel has whole numbers

    All light of a narrow spot in the middle of a pixel stays in it:

    >>> one = np.ones(1)
    >>> light_of_spots(one, one, 100 * one, 0.1 * one, (3, 3)).round(2)[1].tolist()
    [0.0, 100.0, 0.0]
    """
    light = np.zeros(shape[0] * shape[1])
    reaches = np.ceil(REACH * np.asarray(sigma_px, np.float64)).astype(int) + 1
    for reach in np.unique(reaches):
        chosen = np.flatnonzero(reaches == reach)
        window = np.arange(-reach, reach + 1)
        at_row, row_parts = _integrals(rows[chosen], sigma_px[chosen], window, shape[0])
        at_col, col_parts = _integrals(cols[chosen], sigma_px[chosen], window, shape[1])
        for k, n in enumerate(photons[chosen]):  # memory of one window, not of all
            block = n * row_parts[k][:, None] * col_parts[k][None, :]
            index = at_row[k][:, None] * shape[1] + at_col[k][None, :]
            light[index.ravel()] += block.ravel()
    return light.reshape(shape)


def _integrals(
    centres: np.ndarray, sigma: np.ndarray, window: np.ndarray, side: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return, per spot, the pixels of its window that lie in the image, and its light's part in
    each along one axis: ½ erf((i + ½ - c) / √2 σ) - ½ erf((i - ½ - c) / √2 σ)."""
    pixels = np.rint(centres).astype(int)[:, None] + window  # (n, w)
    edges = np.concatenate([pixels - 0.5, pixels[:, -1:] + 0.5], 1) - centres[:, None]
    steps = 0.5 * np.diff(erf(edges / (np.sqrt(2) * sigma[:, None])), axis=1)
    inside = (pixels >= 0) & (pixels < side)
    return (
        [own[there] for own, there in zip(pixels, inside, strict=True)],
        [own[there] for own, there in zip(steps, inside, strict=True)],
    )
