"""Objects of another size than the settings say, or as no nucleus in this image can have it."""

from cytoforge.config.objects import singular
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import checked, diameter_px
from cytoforge.segmentation.segmentation import Segmentation

NAME = "size of the objects"
# Diameter found by that given. On the cases of half A of benchmarks/checks.py: SIZE_RANGES
SMALLEST, LARGEST = 0.6, 1.28


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether the objects found are about as wide as the diameter that was given.

    Seeds and smoothing follow that diameter. Where it is three times too large only what merges to
    clumps is found, where it is a third every object falls to pieces, and the median moves less
    than it.
    """
    objects = checked(segmentation)
    key = f"{singular(objects)}_diameter_px"
    given = getattr(config, key, None)
    if given is None or not config.learns_from_pixels:
        return skipped(NAME, f"{SMALLEST:g} to {LARGEST:g}", f"`{key}` is not given")
    found = diameter_px(segmentation)
    return judged(
        NAME,
        found / given,
        (SMALLEST, LARGEST),
        (
            f"{objects} are {found:.0f} px wide, `{key}` is {given:g}",
            f"{objects} are {found:.0f} px wide where `{key}` is {given:g}",
        ),
        f"measure one in the image and correct `{key}`, or set it to null",
    )
