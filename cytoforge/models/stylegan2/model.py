"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), with ADA (arXiv:2006.06676), of label maps."""

from typing import cast

from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.stylegan2.config import GAMMA_RULE, StyleGan2Config
from cytoforge.models.stylegan2.networks import build_sampler
from cytoforge.models.stylegan_model import StyleGanModel


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    config = cast(StyleGan2Config, setup.config)
    return StyleGanModel(setup, build_sampler(config, setup.n_codes, setup.channels), GAMMA_RULE)
