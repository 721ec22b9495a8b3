"""Nuclei that a method does not see: what stands out in the image lies outside its objects."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import NUCLEI, checked, picture
from cytoforge.segmentation.segmentation import Segmentation

NAME = "what stands out is found"
# 0.96 to 1 of nuclei as found in H&E (14 tiles) and fluorescence (10 fields), 0.84 to 0.98 as drawn
# there and in two of three fields of IHC (0.71 in the third, whose stroma is stained too); 0.02 to
# 0.64 where a network had never seen the stain, 0.38 to 0.57 with three times the diameter.
LEAST = 0.7
_SIGMA_PX, _REACH_PX = 1.5, 2


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of what stands out in the nuclei's channel lies in a nucleus.

    A network finds nothing in stains that it has never seen, and that little may look right.
    """
    if checked(segmentation) != NUCLEI or not config.learns_from_pixels:
        return skipped(NAME, f"at least {LEAST:g}", "asked of nuclei that a method finds")
    share = found_share(picture(image, segmentation, config), segmentation[NUCLEI])
    return judged(
        NAME,
        share,
        (LEAST, None),
        (
            f"{share:.0%} of what stands out lies in nuclei",
            f"only {share:.0%} of what stands out lies in nuclei: the others are missed",
        ),
        "look at the overlay; correct `nucleus_diameter_px`, choose another `method`, or train the"
        " network on with some labelled nuclei of your own (README, Your own images)",
    )


def found_share(pixels: np.ndarray, nuclei: np.ndarray) -> float:
    """Return the fraction of what stands out that lies in nuclei or within 2 px of one.

    Bright or dark, whichever the nuclei are, beyond Otsu's threshold after smoothing by 1.5 px, and
    wider than 4 px. 1.0 where nothing stands out.

    pixels : (Y, X); nuclei : instance labels (Y, X)
    """
    inside = nuclei > 0
    smooth = ndimage.gaussian_filter(pixels.astype(np.float32), _SIGMA_PX)
    if inside.any() and not inside.all() and smooth[inside].mean() < smooth[~inside].mean():
        smooth = -smooth
    if smooth.min() == smooth.max():
        return 1.0
    standing = ndimage.binary_opening(smooth > threshold_otsu(smooth), iterations=_REACH_PX)
    near = ndimage.binary_dilation(inside, iterations=_REACH_PX)
    return float(near[standing].mean()) if standing.any() else 1.0
