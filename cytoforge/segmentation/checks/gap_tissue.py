"""A gap among cells that lie scattered: free ground, and no wound."""

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.gap_texture import LEAST_SOLID, TISSUE_FRACTION, solid_share
from cytoforge.segmentation.segmentation import Segmentation

NAME = "gap between closed tissue"
# A wound is no detail.
_SIDE_PX = 500


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask of unstained cells which part of what is no gap an opening by a disk leaves.

    Between 0.00 and 0.56 on fields of phase_t98g, which have no wound.
    """
    said = f"at least {LEAST_SOLID:g}"
    if config.method != "phase" or config.gap.method == "texture":
        return skipped(NAME, said, "asked of the free ground between unstained cells")
    if "gap" not in segmentation or not segmentation["gap"].any():
        return skipped(NAME, said, "no gap")
    gap = segmentation["gap"]
    step = -(-min(gap.shape) // _SIDE_PX)
    tissue = ~gap[::step, ::step]
    radius = TISSUE_FRACTION * min(gap.shape) / step
    share = solid_share(tissue, radius) if np.any(tissue) else 0.0
    return judged(
        NAME,
        share,
        (LEAST_SOLID, None),
        (
            "the gap lies between closed tissue",
            f"cells lie scattered, {share:.0%} of what is no gap in closed tissue: free ground, and"
            " no wound",
        ),
        "set `gap.method: texture`, which tells a wound from free ground, or `gap.enabled: false`"
        " where there is no scratch",
    )
