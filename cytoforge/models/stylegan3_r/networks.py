"""The networks of StyleGAN3, config R."""

from functools import partial

from cytoforge.models.map_drawer import MapDrawer, build_drawer
from cytoforge.models.stylegan3_r.config import StyleGan3RConfig
from cytoforge.networks.stylegan3 import StyleGan3


def build_sampler(config: StyleGan3RConfig, n_codes: int, channels: int) -> MapDrawer:
    """Return the untrained generator of label maps; channels of images are of no use to it."""
    return build_drawer(config, n_codes, partial(StyleGan3, radial=True))
