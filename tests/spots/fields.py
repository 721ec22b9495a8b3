"""Small fields of cells for tests of spots."""

import numpy as np

from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap

SIDE = 96


def three_cells() -> Segmentation:
    """A round cell, a long one and a small one, each with a nucleus in its middle."""
    rows, cols = np.mgrid[:SIDE, :SIDE]
    cells, nuclei = np.zeros((2, SIDE, SIDE), np.int32)
    for key, (row, col, high, wide) in enumerate(
        ((25, 25, 18, 18), (70, 45, 8, 40), (20, 75, 9, 9)), 1
    ):
        away = ((rows - row) / high) ** 2 + ((cols - col) / wide) ** 2
        cells[away <= 1] = key
        nuclei[away <= 0.16] = key
    return cells_and_gap(nuclei, cells, np.zeros((SIDE, SIDE), bool))
