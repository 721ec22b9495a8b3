"""Config of StyleGAN2, with the published values as defaults."""

from cytoforge.models.stylegan_config import StyleGanTraining

GAMMA_RULE = 0.0002
"""R1's weight by the rule γ = this · side² / batch (ADA's `auto`)."""


class StyleGan2Config(StyleGanTraining):
    """StyleGAN2 draws label maps layer by layer, from 4 px to their full size."""


CONFIG = StyleGan2Config
