"""Objects that follow lines: the lamp's shading, halos and borders instead of nuclei or cells."""

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import checked, found_moments, method_seeks_bright
from cytoforge.segmentation.moments import Moments
from cytoforge.segmentation.segmentation import Segmentation

NAME = "no lines"
# On half A of benchmarks/checks.py: at most 0.09 on good cases (0.17 on half B); 0.26 to 0.48 on
# phase contrast, 0.4 to 0.8 between the nuclei of inverted images.
MOST = 0.2
# Times as long as wide, and area over that of the ellipse with the same second moments: half moons
# and nets have less.
LONG, BENT = 3.0, 0.7
# Of the image's shorter side: cells may be spindles, but none crosses the image.
ACROSS = 0.5
# Of fewer nuclei one, in mitosis or cut by the edge, would decide.
FEWEST = 5


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of the objects' area is in lines.

    Nuclei that the watershed finds are lines where they are long or bent; of other methods, what
    crosses half the image. (Drawn nuclei of tissue with spindle cells are long: 38 to 73 % of their
    area in 5 of 30 fields of dsb2018_histology.)

    Areas count and not numbers: specks are many.
    """
    said = f"at most {MOST:g}"
    if not config.learns_from_pixels:
        return skipped(NAME, said, "labels are the user's own")
    moments, name = found_moments(segmentation), checked(segmentation)
    if len(moments.area) < FEWEST:
        return skipped(NAME, said, f"fewer than {FEWEST} objects")
    share = share_of_lines(moments, method_seeks_bright(config), min(segmentation.shape))
    return judged(
        NAME,
        share,
        (None, MOST),
        (
            f"{share:.0%} of the area of {name} is in long or bent objects",
            f"{share:.0%} of the area of {name} is in long or bent objects: they follow lines or "
            "the shading of the image",
        ),
        "use `method: phase` for cells without stained nuclei, which takes shading away"
        if method_seeks_bright(config)
        else config.other_ways,
    )


def share_of_lines(moments: Moments, round_ones: bool, side_px: int) -> float:
    """Return the fraction of the area of all objects that is in lines.

    round_ones : long and bent objects are lines too, not only what crosses half the image
    """
    middle = (moments.var_row + moments.var_col) / 2
    spread = np.hypot((moments.var_row - moments.var_col) / 2, moments.covariance)
    # A uniform ellipse with half axis a has the variance a²/4 along it.
    length = 4 * np.sqrt(middle + spread)
    width = 4 * np.sqrt(np.maximum(middle - spread, 1 / 12))
    lines = (length > ACROSS * side_px) & (length > LONG * width)
    if round_ones:
        lines |= (length > LONG * width) | (moments.ellipse_fit() < BENT)
    return float(moments.area[lines].sum() / moments.area.sum())
