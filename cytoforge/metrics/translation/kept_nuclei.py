"""Whether a translation keeps what is there: nuclei, haematoxylin, and the way back.

The failures to catch: nuclei and background swapped, and parts lost or invented, which a distance
of distributions does not see.
"""

import numpy as np
import torch

from cytoforge.metrics.intervals import Pooled
from cytoforge.metrics.pair_metrics.structure import ssim_metrics
from cytoforge.segmentation.centroid_matching import centroids, match_points
from cytoforge.segmentation.stain_density import density_of

PER = 1000.0
FLAT = 1e-6


def kept_counts(source: np.ndarray, made: np.ndarray, gate_px: float) -> np.ndarray:
    """Return nuclei kept, invented and lost, float64 (3,), by the same segmenter on both sides.

    A nucleus is kept where the translation has a centroid of its own within the gate.

    source, made : integer label maps (Y, X) of one field before and after translation
    """
    if source.shape != made.shape:
        raise ValueError(f"label maps differ in shape: {source.shape} and {made.shape}")
    return match_points(centroids(source), centroids(made), gate_px).counts


def _per_thousand(column: int) -> Pooled:
    """Return one of the counts per 1,000 nuclei of the source."""

    def of(counts: np.ndarray) -> np.ndarray:
        known = counts[..., 0] + counts[..., 2]
        ratio = counts[..., column] / np.where(known > 0, known, 1)
        return np.where(known > 0, PER * ratio, np.nan)

    return Pooled(of, lambda counts: counts[..., 0] + counts[..., 2], 0.0)


INVENTED, LOST = _per_thousand(1), _per_thousand(2)


def haematoxylin_agreement(source: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Return `ssim` and `correlation` of haematoxylin's optical density, of uint8 (Y, X, 3).

    SSIM (Wang et al. 2004, uniform window of 7 px) with a density of 1, that of a dark nucleus, as
    the range its constants refer to. Pearson's correlation does not see a paler or darker stain;
    NaN where one side has the same density everywhere.
    """
    planes = [density_of(rgb, "haematoxylin") for rgb in (source, made)]
    a, b = (torch.from_numpy(plane)[None, None] for plane in planes)
    flat = min(plane.std(dtype=np.float64) for plane in planes) < FLAT
    x, y = (plane.ravel().astype(np.float64) for plane in planes)
    return {
        "ssim": float(ssim_metrics(a, b)["ssim"]),
        "correlation": float("nan") if flat else float(np.corrcoef(x, y)[0, 1]),
    }


def cycle_error(source: np.ndarray, cycled: np.ndarray) -> float:
    """Return the mean absolute difference in grey levels (0 to 255) of a field and of what comes
    back when its translation is translated back, uint8 (Y, X, 3) both.

    >>> cycle_error(np.full((2, 2, 3), 7, np.uint8), np.full((2, 2, 3), 4, np.uint8))
    3.0
    """
    return float(np.abs(source.astype(np.int16) - cycled).mean())
