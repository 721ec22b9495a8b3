"""Networks by name: a new one is a file and a line here."""

from cytoforge.config.training import HALVINGS, TrainingConfig
from cytoforge.networks.labels import label_channels
from cytoforge.networks.patchgan import PatchGAN
from cytoforge.networks.unet import UNet


def build_generator(config: TrainingConfig, n_codes: int, channels: int) -> UNet:
    """Return the untrained generator: (B, codes or 1, H, W) → (B, channels, H, W) in [-1, 1]."""
    return UNet(
        label_channels(config.label_input, n_codes),
        channels,
        downs=HALVINGS[config.generator],
        filters=config.generator_filters,
        norm=config.norm,
        dropout=config.dropout,
        upsampling=config.upsampling,
        detail=config.detail_filters,
    )


def build_discriminator(config: TrainingConfig, n_codes: int, channels: int) -> PatchGAN:
    """Return the untrained discriminator of label maps and images concatenated."""
    return PatchGAN(
        label_channels(config.label_input, n_codes) + channels,
        filters=config.discriminator_filters,
        layers=config.discriminator_layers,
        norm=config.norm,
    )
