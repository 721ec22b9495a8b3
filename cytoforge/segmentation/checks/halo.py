"""Cells in phase contrast without the bright halo that the shipped network knows them by."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import as_network_sees, knows_phase_contrast
from cytoforge.segmentation.segmentation import Segmentation

GROUND = "ground between cells"
# Of the field: at least 0.29 in fields of phase_t98g, less than 0.005 in gravel and noise. Where
# less is left, a halo has nothing to be compared with.
LEAST_GROUND = 0.03
NAME = "bright halos"
# On half A of benchmarks/phase_cases.py: 0.68 to 1.3 on good cases, at most 0.49 on inverted ones,
# 0.60 where cells to be inverted are not.
LEAST = 0.62
# In px as the network sees them, of which a cell of its training has 25: where halos are brightest,
# and where the ground begins.
RING_PX, BEYOND_PX = 2, 8


@dataclass(frozen=True)
class Surroundings:
    """What lies around cells.

    ground : fraction of the field that is ground, away from any cell
    halo : how much brighter it is beside cells than on that ground, in standard deviations of the
        field; None where either is missing
    """

    ground: float
    halo: float | None


def check_ground(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether there is ground between the cells, by which they could be told from texture.

    The shipped network knows single cells and groups of them; it takes texture for cells that cover
    the field.
    """
    said = f"at least {LEAST_GROUND:g}"
    if not knows_phase_contrast(config):
        return skipped(GROUND, said, "asked of the shipped network for phase contrast")
    ground = surroundings(*as_network_sees(image, segmentation, config)).ground
    return judged(
        GROUND,
        ground,
        (LEAST_GROUND, None),
        (
            f"{ground:.0%} of the field is ground between cells",
            "what is found covers the whole field, as it does where texture is taken for cells; in"
            " closed layers of cells the network is not sure either",
        ),
        config.other_ways,
    )


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether it is brighter beside the cells than on the ground away from them.

    Phase contrast draws a bright halo round what is thick; inverted it is dark, and texture has
    none. Of the shipped network alone, which knows cells by it.
    """
    said = f"at least {LEAST:g}"
    if not knows_phase_contrast(config):
        return skipped(NAME, said, "asked of the shipped network for phase contrast")
    around = surroundings(*as_network_sees(image, segmentation, config))
    if around.halo is None or around.ground < LEAST_GROUND:
        return skipped(NAME, said, "no cells with ground away from them")
    return judged(
        NAME,
        around.halo,
        (LEAST, None),
        (
            f"beside cells it is {around.halo:.2f} standard deviations brighter than on the ground",
            f"beside what is found it is {around.halo:.2f} standard deviations brighter than on the"
            " ground: no cells in bright halos, which the network knows",
        ),
        config.other_ways,
    )


def surroundings(contrast: np.ndarray, cells: np.ndarray) -> Surroundings:
    """Return what lies around cells.

    Parameters
    ----------
    contrast : (y, x), without slow light, as the network sees it; cells : bool (y, x)
    """
    if not cells.any():
        return Surroundings(1.0, None)
    away = ndimage.distance_transform_edt(~cells)
    ring, ground = (away > 0) & (away <= RING_PX), away > BEYOND_PX
    spread = float(contrast.std())
    if not ground.any() or spread == 0:
        return Surroundings(float(ground.mean()), None)
    halo = float(contrast[ring].mean() - contrast[ground].mean()) / spread
    return Surroundings(float(ground.mean()), halo)
