"""The generators of CycleGAN."""

from torch import nn

from cytoforge.models.cyclegan.config import UNET_HALVINGS, CycleGanConfig
from cytoforge.models.translation_config import RESNET_BLOCKS
from cytoforge.models.translator import Translator, resnet_of
from cytoforge.networks.unet import UNet


def build_sampler(config: CycleGanConfig, n_codes: int, channels: int) -> Translator:
    """Return the untrained generators of both directions."""
    ways = (build_generator(config, channels), build_generator(config, channels))
    return Translator(channels, *ways, structure=config.structure)


def build_generator(config: CycleGanConfig, channels: int) -> nn.Module:
    """Return an untrained generator: (B, C, H, W) → (B, C, H, W) in [-1, 1]."""
    if config.generator in RESNET_BLOCKS:
        return resnet_of(config, RESNET_BLOCKS[config.generator], channels)
    return UNet(
        channels,
        channels,
        n_downs=UNET_HALVINGS[config.generator],
        filters=config.generator_filters,
        norm=config.norm,
        dropout=False,
        upsampling=config.upsampling,
        detail=config.detail_filters,
        detail_layers=config.detail_layers,
    )
