"""The default segmenter: seeded watershed; needs nothing but the image."""

import numpy as np

from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.cells import expand_nuclei, grow_cells
from cytoforge.segmentation.channels import (
    cytoplasm_channel,
    cytoplasm_pixels,
    nuclei_channel,
    nuclei_pixels,
)
from cytoforge.segmentation.derived_channels import nuclei_are_dark
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS
from cytoforge.segmentation.nuclei import NucleusSearch, find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter


def segment(
    image: Image, config: WatershedConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells, int32 (Y, X) with common ids, and the method's text.

    Nuclei must be brighter than what surrounds them, or darker with `polarity: dark`. With a
    cytoplasm channel cells are grown in it; without one (a single channel, or the same for both)
    a cell is its nucleus grown by half the difference of the two diameters: nothing in the image
    shows where it ends.
    """
    nuclear, told = _bright_nuclei(image, config)
    search = NucleusSearch(config.min_nucleus_area, config.seed_smoothing, config.local_threshold)
    diameter = config.nucleus_diameter_px or estimate_nucleus_diameter(nuclear, search)
    nuclei = find_nuclei(nuclear, diameter, search)
    cell_px = config.cell_diameter_px or CELL_TO_NUCLEUS * diameter
    if cytoplasm_channel(image, config) == nuclei_channel(image, config):
        reach = max((cell_px - diameter) / 2, 0.0)
        cells = expand_nuclei(nuclei, reach)
        return {"nuclei": nuclei, "cells": cells}, f"watershed{told}, cells are nuclei grown"
    cells = grow_cells(nuclei, cytoplasm_pixels(image, config), diameter, cell_px)
    return {"nuclei": nuclei, "cells": cells}, f"watershed{told}"


def _bright_nuclei(image: Image, config: WatershedConfig) -> tuple[np.ndarray, str]:
    """Return the channel of nuclei, (Y, X), turned so that they are bright, and what was done."""
    name, nuclear = nuclei_channel(image, config), nuclei_pixels(image, config)
    told = "" if name in image.channels else f" of {name}"
    if config.polarity == "bright":
        return nuclear, told
    dark = config.polarity == "dark" or nuclei_are_dark(nuclear)
    how = "dark" if dark else "bright"
    told += f", nuclei {how}" + (" (told from the image)" if config.polarity == "auto" else "")
    # Grounds and thresholds are relative, so where zero lies does not matter.
    return (np.float32(nuclear.max()) - nuclear.astype(np.float32) if dark else nuclear), told
