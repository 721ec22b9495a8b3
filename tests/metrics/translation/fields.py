"""Made-up stained fields: disks of haematoxylin, some brown of DAB, on a pink or white ground."""

import numpy as np

from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.segmentation.stain_density import VECTORS

SIDE = 64
CENTRES = ((12, 12), (12, 44), (36, 28), (52, 52))


def photograph(densities: np.ndarray) -> np.ndarray:
    """Return uint8 (Y, X, 3) of densities of haematoxylin, eosin and DAB, (Y, X, 3)."""
    return np.rint(255 * 10.0 ** -(densities @ VECTORS)).astype(np.uint8)


def disks(centres=CENTRES, radius: float = 5.0) -> np.ndarray:
    """Return instance labels of disks, 1 upwards."""
    rows, cols = np.mgrid[:SIDE, :SIDE]
    labels = np.zeros((SIDE, SIDE), np.int32)
    for k, (row, col) in enumerate(centres, 1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = k
    return labels


def stained(labels: np.ndarray, eosin: float, brown: int = 0, seed: int = 0) -> np.ndarray:
    """Return a photograph with haematoxylin in all objects, and DAB in the first `brown`."""
    densities = np.zeros((*labels.shape, 3))
    densities[..., 0] = 0.05 + 0.6 * (labels > 0)
    densities[..., 1] = eosin * (labels == 0)
    densities[..., 2] = 0.8 * ((labels > 0) & (labels <= brown))
    densities *= np.random.default_rng(seed).uniform(0.9, 1.1, (*labels.shape, 1))
    return photograph(densities)


def ihc(name: str, unit: str = "", brown: int = 2) -> Photo:
    """Return a field of IHC whose nuclei the segmenter `exact` has found."""
    return Photo(name, unit or name, stained(disks(), 0, brown), {"exact": disks()})


def he(name: str, unit: str = "", centres=CENTRES, seed: int = 0) -> Photo:
    """Return a field of H&E whose nuclei the segmenter `exact` has found."""
    labels = disks(centres)
    return Photo(name, unit or name, stained(labels, 0.25, seed=seed), {"exact": labels})
