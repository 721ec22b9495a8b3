"""A segmentation that finds next to nothing, or one object that fills the image."""

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged
from cytoforge.segmentation.checks.subject import checked, found_moments
from cytoforge.segmentation.segmentation import Segmentation

NAME = "more than one object"
FEWEST = 2


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether there is more than one object."""
    objects, count = checked(segmentation), len(found_moments(segmentation).area)
    return judged(
        NAME,
        count,
        (FEWEST, None),
        (f"{count} {objects}", f"{count} of {objects} in the whole image"),
        "look at the overlay and set `nuclei_channel` and `nucleus_diameter_px` of the segmentation"
        if config.learns_from_pixels
        else "look at the label image: a mask whose objects all touch is one object",
    )
