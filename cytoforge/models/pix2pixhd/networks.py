"""The networks of pix2pixHD."""

from collections.abc import Callable
from functools import partial

from torch import nn

from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec
from cytoforge.networks.detail_view import DetailView
from cytoforge.networks.feature_encoder import FeatureEncoder
from cytoforge.networks.global_generator import GlobalGenerator
from cytoforge.networks.local_enhancer import LocalEnhancer
from cytoforge.networks.multiscale import MultiScaleDiscriminator


def build_sampler(config: Pix2PixHDConfig, n_codes: int, channels: int) -> LabelsToImage:
    """Return the untrained generator in its sampler.

    It sees labels, borders between cells, and the appearance features of regions.
    """
    spec = ConditionSpec(
        n_codes,
        config.label_input,
        edges=config.instance_edges,
        features=config.feature_channels if config.feature_encoder else 0,
        grain=config.grain_channels,
        neighbours=config.neighbours,
    )
    return LabelsToImage(spec, build_generator(config, spec.channels, channels), channels)


def build_generator(config: Pix2PixHDConfig, in_channels: int, out_channels: int) -> nn.Module:
    """Return the untrained generator: (B, in, H, W) → (B, out, H, W) in [-1, 1]."""
    network: Callable[..., nn.Module] = GlobalGenerator
    if config.generator == "local":
        network = partial(
            LocalEnhancer,
            n_enhancer_blocks=config.enhancer_blocks,
            coarse_head=config.coarse_fraction > 0,
        )
    return network(
        in_channels,
        out_channels,
        filters=config.generator_filters,
        n_downs=config.downsamplings,
        n_blocks=config.blocks,
        norm=config.norm,
        upsampling=config.upsampling,
        label_skip=config.label_skip,
    )


def build_discriminator(config: Pix2PixHDConfig, sampler: LabelsToImage) -> nn.Module:
    """Return the untrained discriminators of labels, borders and images concatenated.

    They do not see what the generator alone is given (see `LabelsToImage.shown`).
    """
    channels, gain = sampler.out_channels, config.discriminator_detail
    in_channels = sampler.in_channels - sum(sampler.draws.values()) + channels
    network = MultiScaleDiscriminator(
        in_channels + channels if gain else in_channels,
        filters=config.discriminator_filters,
        n_layers=config.discriminator_layers,
        n_scales=config.discriminator_scales,
        norm=config.norm,
    )
    return DetailView(network, channels, gain) if gain else network


def build_encoder(config: Pix2PixHDConfig, channels: int) -> nn.Module:
    """Return the untrained feature encoder: (B, channels, H, W) → (B, features, H, W)."""
    return FeatureEncoder(
        channels,
        out_channels=config.feature_channels,
        filters=config.encoder_filters,
        n_downs=config.downsamplings,
        norm=config.norm,
        upsampling=config.upsampling,
    )
