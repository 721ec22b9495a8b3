"""How much detail of each size images hold, beside real ones: the radially averaged spectrum.

A blurred image lacks power at short periods, a grainy one has too much of it. White noise has the
same power at all periods; pictures of cells fall by several powers of ten from 32 to 2 px.
"""

import numpy as np

from cytoforge.metrics.material import Finding, Material
from cytoforge.metrics.metric import Metric

PERIODS = (2, 4, 8, 16, 32)  # px per cycle
# Rings within a quarter of an octave of a period are averaged.
HALF_BAND = 2**0.25
MEASURES = tuple(
    Metric(
        f"power_{period}px",
        f"Power at {period} px",
        None,
        "of real",
        f"Power of details of {period} px per cycle by that of real patches; 1 is as sharp.",
    )
    for period in PERIODS
)


def power_spectrum(unit: np.ndarray) -> np.ndarray:
    """Return the mean power on rings of 0, 1, …, P // 2 cycles a side, (n, C, P // 2 + 1).

    Parameters
    ----------
    unit : patches (n, C, P, P); their mean is removed and a Hann window laid over them, because
        opposite edges do not fit together. White noise of variance 1 has a power of 1.
    """
    side = unit.shape[-1]
    window = np.hanning(side + 2)[1:-1]
    window2 = np.outer(window, window)
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    ring = np.rint(np.hypot(down, across) * side).astype(np.intp).ravel()
    kept = ring <= side // 2
    pixels = np.bincount(ring[kept])
    spectra = np.empty((*unit.shape[:2], side // 2 + 1))
    for place in np.ndindex(unit.shape[:2]):
        patch = unit[place].astype(np.float64)
        power = np.abs(np.fft.rfft2((patch - patch.mean()) * window2)) ** 2
        spectra[place] = np.bincount(ring[kept], power.ravel()[kept]) / pixels
    return spectra / (window2**2).sum()


def power_at(spectra: np.ndarray, period_px: float, side_px: int) -> np.ndarray:
    """Return the mean power around a period, (n, C), of spectra (n, C, K) of patches of a side."""
    cycles = side_px / period_px
    rings = np.arange(spectra.shape[-1])
    near = (rings >= cycles / HALF_BAND) & (rings <= cycles * HALF_BAND)
    near[min(max(round(cycles), 1), len(rings) - 1)] = True  # at least the nearest one
    return spectra[..., near].mean(-1)


def power_ratio(real: np.ndarray, made: np.ndarray, period_px: float, side_px: int) -> np.ndarray:
    """Return the power of each made patch by that of all real ones, (m, C): spectra of patches.

    Its mean over the patches is the ratio of the two sets; 1 where they hold as much detail. NaN
    where the real patches are flat.
    """
    of_real = power_at(real, period_px, side_px).mean(0)
    of_made = power_at(made, period_px, side_px)
    return np.divide(of_made, of_real, out=np.full_like(of_made, np.nan), where=of_real > 0)


def measure(material: Material) -> list[Finding]:
    """Return the ratio at every period of every series, the mean over the channels."""
    side = material.real.unit.shape[-1]
    real = power_spectrum(material.real.unit)
    found = []
    for series, patches in material.series.items():
        rows = material.once(series)
        made, images = power_spectrum(patches.unit[rows]), material.units(series)[rows]
        for period, each in zip(PERIODS, MEASURES, strict=True):
            values = power_ratio(real, made, period, side).mean(1)
            found.append(Finding(each.name, series, values, images))
    return found
