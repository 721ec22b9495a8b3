"""The networks of StyleGAN2."""

from cytoforge.models.map_drawer import MapDrawer, build_drawer
from cytoforge.models.stylegan2.config import StyleGan2Config
from cytoforge.networks.stylegan2 import StyleGan2


def build_sampler(config: StyleGan2Config, n_codes: int, channels: int) -> MapDrawer:
    """Return the untrained generator of label maps; channels of images are of no use to it."""
    return build_drawer(config, n_codes, StyleGan2)
