"""All checks of a segmented image. A new one is a file beside this one and a line of `CHECKS`."""

from collections.abc import Callable

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks import (
    agreement,
    focus,
    gap_outline,
    gap_tissue,
    halo,
    kind,
    lines,
    missed,
    other_nuclei,
    pieces,
    polarity,
    shading,
    size,
)
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.segmentation.segmentation import Segmentation

Check = Callable[[Image, Segmentation, SegmentationBase], CheckResult]

# What explains most comes first: a message names the first that failed.
CHECKS: tuple[Check, ...] = (
    kind.check,
    other_nuclei.check,
    shading.check,
    polarity.check,
    halo.check_ground,
    halo.check,
    focus.check,
    size.check_count,
    size.check,
    size.check_fit,
    lines.check,
    pieces.check,
    missed.check,
    agreement.check,
    gap_outline.check,
    gap_tissue.check,
)


def run_checks(
    image: Image, segmentation: Segmentation, config: SegmentationBase
) -> list[CheckResult]:
    """Ask every check, in the order of `CHECKS`.

    Thresholds are those that tell the good from the bad cases of half A of benchmarks/checks.py.
    """
    return [check(image, segmentation, config) for check in CHECKS]
