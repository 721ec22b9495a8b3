"""An IHC image as it would be without its brown: blue nuclei that DAB beside or over them hides."""

import numpy as np

from cytoforge.segmentation.learned.inputs import transmission_of
from cytoforge.segmentation.stain_density import STAINS, VECTORS

# The 98th percentile of haematoxylin's optical density (decadic): its quartiles are 0.46, 0.55 and
# 0.79 over the 54 tiles that `stain` has learned from; the shipped IHC has 0.30.
_AS_IN_HE, _QUANTILE, _MOST = 0.52, 98, 3.0


def without_dab(red_green_blue: np.ndarray) -> np.ndarray:
    """Return the light that comes through without DAB, its haematoxylin as strong as that of H&E.

    By colour deconvolution (Ruifrok and Johnston 2001). Haematoxylin is at most tripled and never
    made paler, eosin stays; what is below 0 of either is noise.

    red_green_blue : any number type, 0 is black, (3, Y, X)

    Returns float32 (3, Y, X) in (0, 1].
    """
    light = np.clip(transmission_of(red_green_blue), 1 / 255, 1)
    unmix = np.linalg.inv(VECTORS).astype(np.float32)
    densities = np.tensordot(unmix.T, -np.log10(light), 1).clip(min=0)  # (stain, Y, X)
    strength = float(np.percentile(densities[STAINS.index("haematoxylin")], _QUANTILE))
    densities[STAINS.index("haematoxylin")] *= np.clip(_AS_IN_HE / max(strength, 1e-6), 1, _MOST)
    densities[STAINS.index("dab")] = 0
    clean: np.ndarray = 10.0 ** -np.tensordot(VECTORS.T.astype(np.float32), densities, 1)
    return clean.astype(np.float32)
