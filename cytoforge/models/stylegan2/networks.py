"""The networks of StyleGAN2."""

from cytoforge.models.map_drawer import MapDrawer
from cytoforge.models.stylegan2.config import StyleGan2Config
from cytoforge.models.stylegan_config import format_of, side_of
from cytoforge.networks.stylegan2 import StyleGan2


def build_sampler(config: StyleGan2Config, n_codes: int, channels: int) -> MapDrawer:
    """Return the untrained generator of label maps; channels of images are of no use to it."""
    format, size_px = format_of(config, n_codes), side_of(config)
    generator = StyleGan2(
        format.channels,
        size_px,
        config.latent_channels,
        config.mapping_layers,
        config.channel_base,
        config.channel_max,
    )
    return MapDrawer(generator, format, size_px)
