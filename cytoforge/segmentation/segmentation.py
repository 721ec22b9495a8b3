"""What every segmenter returns."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Segmentation:
    """Instance labels of one image.

    Attributes
    ----------
    nuclei : ndarray of shape (Y, X) and dtype int32; 0 is background
    cells : ndarray of shape (Y, X) and dtype int32; nucleus and cell of one cell share the id,
        every nucleus lies inside its cell, a cell has at most one nucleus
    gap : ndarray of shape (Y, X) and dtype bool; the cell-free gap
    nucleus_diameter_px, cell_diameter_px : diameters given or estimated
    method : what made it, for the pedigree, e.g. "watershed" or "cellpose 3.1.1.3, model cyto3"
    """

    nuclei: np.ndarray
    cells: np.ndarray
    gap: np.ndarray
    nucleus_diameter_px: float
    cell_diameter_px: float
    method: str
