"""An image that is out of focus, or blank."""

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import (
    NUCLEI,
    as_network_sees,
    checked,
    diameter_px,
    knows_phase_contrast,
    method_seeks_rough,
    middle,
    picture,
)
from cytoforge.segmentation.segmentation import Segmentation

NAME = "sharp edges"
# On half A of benchmarks/checks.py: 0.043 to 0.19 on good cases; 0 to 0.023 on the same smoothed by
# half a nucleus' diameter (SD).
LEAST = 0.03
# In diameters of an object.
FINE, NEAR, FAR = 0.08, 0.15, 0.6
# Of cells in phase contrast, on half A of benchmarks/phase_cases.py: 0.28 and more on good cases,
# at most 0.17 smoothed by 0.12 of a cell's diameter (SD), where half of the cells are lost.
LEAST_OF_CELLS = 0.2
# In px as the network sees them, of which a cell of its training has 25.
BAND_PX, LINE_PX = 3, 1.0
# Less of the window cannot stand for the ground.
LEAST_GROUND = 0.01


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether there is fine detail where the outlines of the objects are."""
    if method_seeks_rough(config):
        return _check_cells(image, segmentation, config)
    if checked(segmentation) != NUCLEI or not config.learns_from_pixels:
        return skipped(NAME, f"at least {LEAST:g}", "asked of nuclei that a method finds")
    pixels = picture(image, segmentation, config)
    box = middle(pixels.shape)
    inside = segmentation[checked(segmentation)][box] > 0
    detail = edge_detail(pixels[box], inside, diameter_px(segmentation))
    if detail is None:
        return skipped(NAME, f"at least {LEAST:g}", "no object beside ground in the middle")
    return judged(
        NAME,
        detail,
        (LEAST, None),
        (
            "outlines are sharp",
            "outlines are blurred or nothing but noise: the image is out of focus or blank",
        ),
        "remove the image from samples.tsv, or name another plane of the stack (columns `z`, `t`);"
        " if it is sharp, correct `nucleus_diameter_px`",
    )


def _check_cells(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask it of cells that are no brighter than their ground, whose borders are lines."""
    said = f"at least {LEAST_OF_CELLS:g}"
    if not knows_phase_contrast(config):
        return skipped(NAME, said, "asked of the shipped network for phase contrast")
    detail = line_detail(*as_network_sees(image, segmentation, config))
    if detail is None:
        return skipped(NAME, said, "no border of a cell")
    return judged(
        NAME,
        detail,
        (LEAST_OF_CELLS, None),
        (
            "borders of cells are sharp",
            "borders of cells are blurred: the image is out of focus, or enlarged",
        ),
        "remove the image from samples.tsv, name another plane of the stack (columns `z`, `t`), or"
        " correct `cell_diameter_px`",
    )


def line_detail(contrast: np.ndarray, cells: np.ndarray) -> float | None:
    """Return the standard deviation, at borders of cells, of what is finer than 1 px, without that
    of the ground, over that of what lies between 1 and 4 px.

    None where there is no border, or nothing but one grey value.

    contrast : (y, x), as the network sees it; cells : bool (y, x)
    """
    if not cells.any() or cells.all():
        return None
    outwards = ndimage.distance_transform_edt(~cells)
    band = np.maximum(outwards, ndimage.distance_transform_edt(cells)) <= BAND_PX
    ground = outwards > 2 * BAND_PX
    smooth = ndimage.gaussian_filter(contrast, LINE_PX)
    fine, broad = contrast - smooth, smooth - ndimage.gaussian_filter(contrast, 4 * LINE_PX)
    if broad[band].std() == 0:
        return None
    noise = float(fine[ground].var()) if ground.mean() >= LEAST_GROUND else 0.0
    return float(np.sqrt(max(fine[band].var() - noise, 0)) / broad[band].std())


def edge_detail(pixels: np.ndarray, inside: np.ndarray, size_px: float) -> float | None:
    """Return the standard deviation of what is finer than 0.08 diameters at the objects' edges,
    without that of the ground, over the contrast of objects and ground.

    None where there are no objects, or no ground, or no contrast.

    Notes
    -----
    A step smoothed by sigma s keeps of its height h, above a Gaussian of width f, about h f² / s²
    for s > f, so blurred edges are told from sharp ones whatever their contrast; noise, which is in
    the ground as well, is subtracted.
    """
    if not inside.any() or inside.all():
        return None
    outwards = ndimage.distance_transform_edt(~inside)
    inwards = ndimage.distance_transform_edt(inside)
    edge = (outwards <= NEAR * size_px) & (inwards <= NEAR * size_px)
    ground = outwards > FAR * size_px
    if ground.mean() < LEAST_GROUND:
        ground = outwards > FAR / 2 * size_px
    core = inwards > min(0.2 * size_px, inwards.max() / 2)
    if not (edge.any() and ground.any()):
        return None
    contrast = abs(float(pixels[core].mean() - pixels[ground].mean()))
    if contrast == 0:
        return None
    fine = pixels - ndimage.gaussian_filter(pixels, max(FINE * size_px, 0.8))
    excess = float(fine[edge].var() - fine[ground].var())
    return float(np.sqrt(max(excess, 0))) / contrast
