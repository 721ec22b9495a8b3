"""Nuclei or cells that a method does not see: what stands out lies outside its objects."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.channels import cytoplasm_channel
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import (
    NUCLEI,
    checked,
    diameter_px,
    method_seeks_rough,
    picture,
)
from cytoforge.segmentation.gap_texture import step_of, texture_of
from cytoforge.segmentation.segmentation import Segmentation

NAME = "what stands out is found"
# 0.96 to 1 of nuclei as found in H&E (14 tiles) and fluorescence (10 fields), 0.84 to 0.98 as drawn
# there and in two of three fields of IHC (0.71 in the third, whose stroma is stained too); 0.02 to
# 0.64 where a network had never seen the stain, 0.38 to 0.57 with three times the diameter.
LEAST = 0.7
_SIGMA_PX, _REACH_PX = 1.5, 2
# What is rough, in phase contrast: 0.90 to 0.99 of it lie within half a diameter of the cells that
# are found in 6 fields of phase_t98g (0.84 to 0.98 of those drawn) and 0.89 to 0.92 in two of
# scratch_series; 0.23 and 0.46 in these two without `cytoplasm_channel: inverted`.
LEAST_OF_ROUGH, _NEAR = 0.65, 0.5


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of what stands out in the nuclei's channel lies in a nucleus; of cells in
    phase contrast, which part of what is rough lies near one.

    A network finds nothing in stains and cells that it has never seen, and that little may look
    right.
    """
    if method_seeks_rough(config):
        return _check_cells(image, segmentation, config)
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


def _check_cells(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    named = cytoplasm_channel(image, config)
    of_image = image.pixels[image.channels.index(named)] if named in image.channels else None
    share = near_share(
        image.pixels.mean(axis=0) if of_image is None else of_image,
        segmentation[checked(segmentation)],
        _NEAR * diameter_px(segmentation),
    )
    return judged(
        NAME,
        share,
        (LEAST_OF_ROUGH, None),
        (
            f"{share:.0%} of what is rough lies near cells",
            f"only {share:.0%} of what is rough lies near cells: the others are missed",
        ),
        config.other_ways,
    )


def near_share(pixels: np.ndarray, cells: np.ndarray, reach_px: float) -> float:
    """Return the fraction of what is rough, beyond Otsu's threshold, that lies near a cell.

    pixels : (Y, X); cells : instance labels (Y, X); reach_px : how far is near
    """
    texture = texture_of(pixels, step_of(pixels.shape))
    log_deviation = texture.log_deviation
    if log_deviation.min() == log_deviation.max():
        return 1.0
    inside = cells[:: texture.step, :: texture.step] > 0
    reach = reach_px / texture.step
    near = ndimage.distance_transform_edt(~inside) <= reach if inside.any() else inside
    return float(near[log_deviation > threshold_otsu(log_deviation)].mean())


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
