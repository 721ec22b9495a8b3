"""The networks of StyleGAN3, config T."""

from cytoforge.models.map_drawer import MapDrawer
from cytoforge.models.stylegan3_t.config import StyleGan3TConfig
from cytoforge.models.stylegan_config import format_of, side_of
from cytoforge.networks.stylegan3 import StyleGan3


def build_sampler(config: StyleGan3TConfig, n_codes: int, channels: int) -> MapDrawer:
    """Return the untrained generator of label maps; channels of images are of no use to it."""
    format, size_px = format_of(config, n_codes), side_of(config)
    generator = StyleGan3(
        format.channels,
        size_px,
        config.latent_channels,
        config.mapping_layers,
        config.channel_base,
        config.channel_max,
        radial=False,
    )
    return MapDrawer(generator, format, size_px)
