"""Nuclei that touch everywhere: cut in pieces, or no nuclei but the texture of something else."""

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import NUCLEI, checked
from cytoforge.segmentation.overlay import inner_outline
from cytoforge.segmentation.segmentation import Segmentation

NAME = "nuclei that touch"
# On half A of benchmarks/checks.py: at most 0.30 on good cases, 0.45 to 0.65 where a third of the
# diameter was given, 0.53 on actin taken for nuclei.
MOST = 0.38
REACH_PX = 2


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of the nuclei's outlines lies within 2 px of another nucleus.

    Nuclei lie in cells, which keep them apart; halves of one nucleus share a long border.
    """
    if checked(segmentation) != NUCLEI or not config.learns_from_pixels:
        return skipped(
            NAME, f"at most {MOST:g}", "asked of nuclei that a method finds: cells may touch"
        )
    share = touching_share(segmentation[NUCLEI])
    others = [name for name in image.channels if name != config.nuclei_channel]
    channel = f" or `nuclei_channel` (there: {', '.join(image.channels)})" if others else ""
    return judged(
        NAME,
        share,
        (None, MOST),
        (
            f"{share:.0%} of the nuclei's outlines lie beside another nucleus",
            f"{share:.0%} of the nuclei's outlines lie beside another nucleus: nuclei are cut in "
            "pieces, or this is no picture of nuclei",
        ),
        f"correct `nucleus_diameter_px`{channel} of the segmentation",
    )


def touching_share(labels: np.ndarray) -> float:
    """Return the fraction of outline pixels with another object within 2 px, 0.0 without any."""
    outline = inner_outline(labels)
    side = 2 * REACH_PX + 1
    highest = ndimage.maximum_filter(labels, side)
    background_last = np.where(labels == 0, np.iinfo(labels.dtype).max, labels)
    lowest = ndimage.minimum_filter(background_last, side)
    beside = (highest != labels) | (lowest != labels)
    return float(beside[outline].mean()) if outline.any() else 0.0
