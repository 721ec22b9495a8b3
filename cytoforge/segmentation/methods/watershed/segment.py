"""The default segmenter: seeded watershed; needs nothing but the image."""

import numpy as np

from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.cells_of_nuclei import cells_of_nuclei
from cytoforge.segmentation.channels import nuclei_channel, nuclei_pixels
from cytoforge.segmentation.derived_channels import nuclei_are_dark
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.nuclei import NucleusSearch, find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter


def segment(
    image: Image, config: WatershedConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells, int32 (Y, X) with common ids, and the method's text.

    Nuclei must be brighter than what surrounds them, or darker with `polarity: dark`.
    """
    nuclear, told = _bright_nuclei(image, config)
    search = NucleusSearch(config.min_nucleus_area, config.seed_smoothing, config.local_threshold)
    diameter = config.nucleus_diameter_px or estimate_nucleus_diameter(nuclear, search)
    nuclei = find_nuclei(nuclear, diameter, search)
    cells, grown = cells_of_nuclei(image, config, nuclei, diameter)
    return {"nuclei": nuclei, "cells": cells}, f"watershed{told}{grown}"


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
