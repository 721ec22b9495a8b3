"""StyleGAN3 (Karras et al. 2021, arXiv:2106.12423), config T, of label maps."""

from typing import cast

from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.stylegan3_config import GAMMA_RULE
from cytoforge.models.stylegan3_t.config import StyleGan3TConfig
from cytoforge.models.stylegan3_t.networks import build_sampler
from cytoforge.models.stylegan_model import StyleGanModel


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    config = cast(StyleGan3TConfig, setup.config)
    return StyleGanModel(setup, build_sampler(config, setup.n_codes, setup.channels), GAMMA_RULE)
