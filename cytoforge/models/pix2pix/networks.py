"""The networks of pix2pix."""

from torch import nn

from cytoforge.models.pix2pix.config import RESNET_BLOCKS, UNET_HALVINGS, Pix2PixConfig
from cytoforge.networks.condition import ConditionSpec
from cytoforge.networks.patchgan import PatchGAN
from cytoforge.networks.pixel_discriminator import PixelDiscriminator
from cytoforge.networks.resnet import ResNet
from cytoforge.networks.unet import UNet


def condition_spec(config: Pix2PixConfig, n_codes: int) -> ConditionSpec:
    """Return how label maps are channels: what the generator sees, unless it makes them."""
    return ConditionSpec(n_codes, config.label_input)


def generator_channels(
    config: Pix2PixConfig, spec: ConditionSpec, channels: int
) -> tuple[int, int]:
    """Return the generator's channels in and out; predicted label maps have a channel a code."""
    if config.task == "image_to_labels":
        return channels, spec.n_codes
    return spec.channels, channels


def build_generator(config: Pix2PixConfig, spec: ConditionSpec, channels: int) -> nn.Module:
    """Return the untrained generator: (B, in, H, W) → (B, out, H, W) in [-1, 1]."""
    inputs, outputs = generator_channels(config, spec, channels)
    if config.generator in RESNET_BLOCKS:
        return ResNet(
            inputs,
            outputs,
            n_blocks=RESNET_BLOCKS[config.generator],
            filters=config.generator_filters,
            norm=config.norm,
            dropout=config.dropout,
            upsampling=config.upsampling,
        )
    return UNet(
        inputs,
        outputs,
        n_downs=UNET_HALVINGS[config.generator],
        filters=config.generator_filters,
        norm=config.norm,
        dropout=config.dropout,
        upsampling=config.upsampling,
        detail=config.detail_filters,
    )


def build_discriminator(config: Pix2PixConfig, spec: ConditionSpec, channels: int) -> nn.Module:
    """Return the untrained discriminator of what the generator sees and makes, concatenated."""
    inputs, filters = sum(generator_channels(config, spec, channels)), config.discriminator_filters
    if config.discriminator == "pixel":
        return PixelDiscriminator(inputs, filters, config.norm_of_discriminator)
    return PatchGAN(inputs, filters, config.discriminator_layers, config.norm_of_discriminator)
