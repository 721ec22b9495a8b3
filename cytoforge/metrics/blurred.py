"""The ladder of doses: real patches blurred more and more, through the same networks.

A distance of 200 says nothing to a reader; "as far from the real patches as they themselves are
when blurred by 3 px" does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from cytoforge.metrics.pretrained_scores import Networks, NetworkScores, network_scores

SIGMAS = (0.5, 1.0, 2.0, 4.0, 8.0)  # SD of the Gaussian in px
# Each step costs a pass of every patch. Distances of sets depend on the sets' sizes, so a model's
# distance is taken again on the same patches before it is looked up.
MOST = 16


@dataclass(frozen=True)
class Blurred:
    """Real patches of `rows`, compared with themselves blurred; series are the SDs as text."""

    rows: np.ndarray
    scores: NetworkScores = field(default_factory=NetworkScores)


def blur_ladder(unit: np.ndarray, networks: Networks, rgb: bool) -> Blurred:
    """Blur at most 16 of the real patches (n, C, P, P), evenly spread over their order."""
    rows = np.unique(np.linspace(0, len(unit) - 1, min(MOST, len(unit))).round().astype(np.intp))
    sharp = unit[rows]
    blurred = {str(sigma): gaussian_filter(sharp, (0, 0, sigma, sigma)) for sigma in SIGMAS}
    return Blurred(rows, network_scores(sharp, blurred, networks, rgb))


def dose(distance: float, at: Mapping[float, float]) -> float:
    """Return the blur at which real patches are as far away, by linear interpolation.

    Parameters
    ----------
    at : distance at each SD in px, 0 among them; a distance above the last one has no dose (NaN)

    >>> dose(3.0, {0.0: 0.0, 1.0: 2.0, 2.0: 4.0}), dose(9.0, {0.0: 0.0, 1.0: 2.0})
    (1.5, nan)
    """
    sigmas = sorted(at)
    # A stronger blur is no smaller dose, should a distance of few patches fall in between.
    distances = np.maximum.accumulate([at[sigma] for sigma in sigmas])
    return float(np.interp(distance, distances, sigmas, right=np.nan))
