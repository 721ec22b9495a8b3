"""`u2net`: U²-Net with a loss at every depth (Qin et al. 2020, arXiv:2005.09007)."""

from typing import cast

from cytoforge.models.instance_model import InstanceModel, seeded
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.u2net.config import U2NetConfig
from cytoforge.models.u2net.networks import build_sampler


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    seeded(setup)
    sampler = build_sampler(cast(U2NetConfig, setup.config), setup.n_codes, setup.channels)
    return InstanceModel(setup, sampler)
