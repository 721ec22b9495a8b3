"""The default segmenter: seeded watershed; needs nothing but the image."""

import numpy as np

from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.cells import expand_nuclei, grow_cells
from cytoforge.segmentation.channels import cytoplasm_channel, nuclei_channel
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS
from cytoforge.segmentation.nuclei import NucleusSearch, find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter


def segment(
    image: Image, config: WatershedConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells, int32 (Y, X) with common ids, and the method's text.

    Nuclei must be brighter than what surrounds them. With a cytoplasm channel cells are grown in
    it; without one (a single channel, or the same for both) a cell is its nucleus grown by half
    the difference of the two diameters: nothing in the image shows where it ends.
    """
    nuclear = image.channel(nuclei_channel(image, config))
    search = NucleusSearch(config.min_nucleus_area, config.seed_smoothing, config.local_threshold)
    diameter = config.nucleus_diameter_px or estimate_nucleus_diameter(nuclear, search)
    nuclei = find_nuclei(nuclear, diameter, search)
    cell_px = config.cell_diameter_px or CELL_TO_NUCLEUS * diameter
    cytoplasm = cytoplasm_channel(image, config)
    if cytoplasm == nuclei_channel(image, config):
        reach = max((cell_px - diameter) / 2, 0.0)
        cells = expand_nuclei(nuclei, reach)
        return {"nuclei": nuclei, "cells": cells}, "watershed, cells are nuclei grown"
    cells = grow_cells(nuclei, image.channel(cytoplasm), diameter, cell_px)
    return {"nuclei": nuclei, "cells": cells}, "watershed"
