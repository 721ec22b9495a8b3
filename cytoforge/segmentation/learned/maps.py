"""Instance labels as maps that a network can learn, and back again."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import find_boundaries, watershed

GROUND, INTERIOR, RIM = 0, 1, 2
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Decoding:
    """How maps become instances: chosen on fields that were kept out of training for it.

    Attributes
    ----------
    foreground : probability from which a pixel belongs to an object
    saddle : two tops of the distance are two objects where it falls by this much between them
    seed : distance that an object must reach somewhere
    min_area_px : smaller objects are left out
    """

    foreground: float = 0.5
    saddle: float = 0.1
    seed: float = 0.2
    min_area_px: int = 20


def target_maps(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what instance labels are as a network's target.

    Parameters
    ----------
    labels : integers (Y, X), 0 is ground

    Returns
    -------
    classes : int64 (Y, X): ground 0, interior 1, rim 2 (object pixels beside another label)
    distance : float32 (Y, X): to the object's outside, as a fraction of the largest within it
        (Naylor et al. 2019, 10.1109/TMI.2018.2865709, there without the fraction)
    """
    rim = find_boundaries(labels, connectivity=2, mode="inner")
    classes = np.where(labels > 0, INTERIOR, GROUND).astype(np.int64)
    classes[rim] = RIM
    # The rim itself is 1 px away from outside; objects that touch are apart by their two rims.
    distance = ndimage.distance_transform_edt((labels > 0) & ~rim) + (labels > 0)
    widest = ndimage.maximum(distance, labels, np.arange(int(labels.max(initial=0)) + 1))
    of_each = np.maximum(np.atleast_1d(widest), 1)[labels]
    return classes, np.where(labels > 0, distance / of_each, 0).astype(np.float32)


def instances_of(
    foreground: np.ndarray, distance: np.ndarray, decoding: Decoding | None = None
) -> np.ndarray:
    """Return instance labels of a network's maps, int32 (Y, X), 1..n in the order of their tops.

    Every object is grown from one top of the distance that rises by `saddle` above the pass to a
    higher one (h-maxima, Soille 2003, section 6.3.4), by watershed within the foreground.

    Parameters
    ----------
    foreground : probability of being an object's, float32 (Y, X)
    distance : as `target_maps` has it, float32 (Y, X)
    """
    decoding = decoding or Decoding()
    mask = foreground > decoding.foreground
    smooth = ndimage.gaussian_filter(distance, 1.0)
    lowered = reconstruction(smooth - decoding.saddle, smooth, method="dilation")
    tops = local_maxima(lowered, connectivity=2) & (smooth > decoding.seed) & mask
    seeds, _ = ndimage.label(tops, _EIGHT)
    labels: np.ndarray = watershed(-smooth, seeds, mask=mask).astype(np.int32)
    return without_small(labels, decoding.min_area_px)


def without_small(labels: np.ndarray, min_area_px: float) -> np.ndarray:
    """Return labels 1..n of the objects that have at least that area, int32 (Y, X)."""
    area = np.bincount(labels.ravel())
    kept = area >= min_area_px
    kept[0] = False
    new = np.zeros(len(area), np.int32)
    new[kept] = np.arange(1, int(kept.sum()) + 1)
    return new[labels]
