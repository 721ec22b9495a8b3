"""Nuclei that are darker than the ground where a method seeks bright ones."""

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import (
    diameter_px,
    method_seeks_bright,
    middle,
    picture,
)
from cytoforge.segmentation.segmentation import Segmentation

NAME = "bright nuclei"
# Skewness on half A of benchmarks/checks.py: 1.1 to 15 on good cases, −3.2 to −1.3
# inverted, −2.9 to −0.3 on H&E.
LEAST = 0.0


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether what stands out at the size of the objects is bright: skewness above 0.

    A method that seeks bright objects finds some in any image, between dark nuclei as well, and
    those are brighter than their surroundings too; so the image is asked and not the objects.
    """
    if not method_seeks_bright(config):
        return skipped(NAME, f"at least {LEAST:g}", f"`method: {config.method}` needs none")
    pixels = picture(image, segmentation, config)
    skew = relief_skewness(pixels[middle(pixels.shape)], diameter_px(segmentation))
    return judged(
        NAME,
        skew,
        (LEAST, None),
        (
            "nuclei are brighter than the ground",
            "nuclei are darker than the ground, and this method seeks bright ones",
        ),
        "use `method: stain` for stained tissue, or set `polarity: dark`; `method: phase` for "
        "cells without stained nuclei",
    )


def relief_skewness(pixels: np.ndarray, size_px: float) -> float:
    """Return the skewness of a picture (Y, X) between the scales of 0.15 and 1 of `size_px`.

    Sparse bright objects on a ground give positive values, sparse dark ones the same negative. 0.0
    for a picture of one grey value.
    """
    pixels = pixels.astype(np.float64)
    fine = ndimage.gaussian_filter(pixels, max(0.15 * size_px, 0.7))
    relief = fine - ndimage.gaussian_filter(pixels, max(size_px, 2.0))
    relief -= relief.mean()
    variance = float((relief**2).mean())
    return float((relief**3).mean()) / variance**1.5 if variance > 1e-12 else 0.0
