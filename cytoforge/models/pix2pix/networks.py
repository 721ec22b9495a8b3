"""The networks of pix2pix."""

from torch import nn

from cytoforge.models.pix2pix.config import RESNET_BLOCKS, UNET_HALVINGS, Pix2PixConfig
from cytoforge.models.sampler import ImageToLabels, LabelsToImage, Sampler
from cytoforge.networks.condition import ConditionSpec
from cytoforge.networks.detail_view import DetailView
from cytoforge.networks.patchgan import PatchGAN
from cytoforge.networks.pixel_discriminator import PixelDiscriminator
from cytoforge.networks.resnet import ResNet
from cytoforge.networks.unet import UNet


def build_sampler(config: Pix2PixConfig, n_codes: int, channels: int) -> Sampler:
    """Return the untrained generator in the sampler of the config's task."""
    if config.task == "image_to_labels":
        return ImageToLabels(build_generator(config, channels, n_codes), channels, n_codes)
    spec = ConditionSpec(
        n_codes,
        config.label_input,
        grain=config.grain_channels,
        neighbours=config.neighbours,
    )
    return LabelsToImage(spec, build_generator(config, spec.channels, channels), channels)


def build_generator(config: Pix2PixConfig, in_channels: int, out_channels: int) -> nn.Module:
    """Return the untrained generator: (B, in, H, W) → (B, out, H, W) in [-1, 1]."""
    if config.generator in RESNET_BLOCKS:
        return ResNet(
            in_channels,
            out_channels,
            n_blocks=RESNET_BLOCKS[config.generator],
            filters=config.generator_filters,
            norm=config.norm,
            dropout=config.dropout,
            upsampling=config.upsampling,
        )
    return UNet(
        in_channels,
        out_channels,
        n_downs=UNET_HALVINGS[config.generator],
        filters=config.generator_filters,
        norm=config.norm,
        dropout=config.dropout,
        upsampling=config.upsampling,
        detail=config.detail_filters,
        detail_layers=config.detail_layers,
    )


def build_discriminator(config: Pix2PixConfig, sampler: Sampler) -> nn.Module:
    """Return the untrained discriminator of what the generator sees, but for what is drawn, and
    makes, concatenated."""
    channels, gain = sampler.out_channels, config.discriminator_detail
    in_channels = sampler.in_channels - sum(sampler.draws.values()) + channels
    if gain:
        in_channels += channels
    filters, norm = config.discriminator_filters, config.norm_of_discriminator
    network: nn.Module
    if config.discriminator == "pixel":
        network = PixelDiscriminator(in_channels, filters, norm)
    else:
        network = PatchGAN(in_channels, filters, config.discriminator_layers, norm)
    return DetailView(network, channels, gain) if gain else network
