"""Nuclei without a network: where a stain is dense, divided where it narrows."""

import numpy as np
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.segmentation import watershed

from cytoforge.segmentation.stain_density import STAINS, stain_densities

_SIGMA_PX = 2.5  # 2 to 3 px were best on `dsb2018_histology`; 5 px merges nuclei


def split_regions(density: np.ndarray) -> np.ndarray:
    """Return regions above Otsu's threshold, split by the watershed of their depth, int32 (Y, X).

    density : of a stain, in any unit, (Y, X)
    """
    smooth = ndimage.gaussian_filter(density, 1)
    mask = ndimage.binary_fill_holes(smooth > threshold_otsu(smooth))
    mask = ndimage.binary_opening(mask, np.ones((3, 3)))
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), _SIGMA_PX)
    tops = peak_local_max(depth, min_distance=4, labels=mask.astype(int), exclude_border=False)
    seeds = np.zeros(mask.shape, np.int32)
    seeds[tuple(tops.T)] = np.arange(1, len(tops) + 1)
    labels: np.ndarray = watershed(-depth, seeds, mask=mask).astype(np.int32)
    return labels


def deconvolved_nuclei(rgb: np.ndarray) -> np.ndarray:
    """Return nuclei of IHC without a network, int32 (Y, X) of uint8 (Y, X, 3).

    Where haematoxylin or DAB is dense, for a positive nucleus is brown and hardly blue.
    """
    density = stain_densities(rgb)
    blue, brown = (density[..., STAINS.index(name)] for name in ("haematoxylin", "dab"))
    return split_regions(blue + brown)
