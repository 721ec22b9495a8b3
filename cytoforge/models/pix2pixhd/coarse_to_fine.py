"""The schedule of pix2pixHD's local enhancer (Wang et al. 2018, arXiv:1711.11585, section 3.1)."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.steps import Batch
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig


class Phase(Enum):
    """Who learns."""

    COARSE = "global generator alone, at half size"
    ENHANCER = "enhancer, around the global generator as it is"
    ALL = "all"


def phase_at(config: Pix2PixHDConfig, step: int, total: int) -> Phase:
    """Return the phase of `step` (0 is the first) of `total`: a function of these alone, so that a
    resumed training goes on in the right one."""
    if config.generator == "global":
        return Phase.ALL
    coarse = round(config.coarse_fraction * total)
    if step < coarse:
        return Phase.COARSE
    return (
        Phase.ENHANCER
        if step < coarse + round(config.enhancer_only_fraction * total)
        else Phase.ALL
    )


def at_half_size(batch: Batch) -> Batch:
    """Return the batch at half size; every second number of its grain, which stays white."""
    drawn = {
        name: draw[..., ::2, ::2] if name == "grain" else draw for name, draw in batch.draws.items()
    }
    return replace(batch, planes=half_planes(batch.planes), draws=drawn)


def half_planes(planes: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the means of 2×2 pixels of images, and every second label and instance.

    Codes and numbers have no mean.
    """
    return {
        name: F.avg_pool2d(plane, 2) if plane.is_floating_point() else plane[:, ::2, ::2]
        for name, plane in planes.items()
    }
