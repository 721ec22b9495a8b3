"""Config of StyleGAN3, config T, with the published values as defaults."""

from cytoforge.models.stylegan3_config import StyleGan3Training


class StyleGan3TConfig(StyleGan3Training):
    """StyleGAN3, config T: what it draws moves with its input, nothing sticks to pixels."""


CONFIG = StyleGan3TConfig
