"""Cells around nuclei that a method has found: grown in the cytoplasm, or as far as is usual."""

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.cells import expand_nuclei, grow_cells
from cytoforge.segmentation.channels import cytoplasm_channel, cytoplasm_pixels, nuclei_channel
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS


def cells_of_nuclei(
    image: Image, config: SegmentationBase, nuclei: np.ndarray, diameter_px: float
) -> tuple[np.ndarray, str]:
    """Return cells, int32 (Y, X) with the ids of `nuclei`, and what the method's text says of them.

    With a cytoplasm channel cells are grown in it; without one (a single channel, or the same for
    both) a cell is its nucleus grown by half the difference of the two diameters: nothing in the
    image shows where it ends.

    Parameters
    ----------
    nuclei : int32 (Y, X)
    diameter_px : of a typical nucleus
    """
    cell_px = config.cell_diameter_px or CELL_TO_NUCLEUS * diameter_px
    if cytoplasm_channel(image, config) == nuclei_channel(image, config):
        reach = max((cell_px - diameter_px) / 2, 0.0)
        return expand_nuclei(nuclei, reach), ", cells are nuclei grown"
    return grow_cells(nuclei, cytoplasm_pixels(image, config), diameter_px, cell_px), ""
