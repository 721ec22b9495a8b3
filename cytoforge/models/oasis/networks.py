"""The networks of OASIS."""

from torch import nn

from cytoforge.models.oasis.config import OasisConfig
from cytoforge.models.sampler import LabelsToImage
from cytoforge.networks.condition import ConditionSpec
from cytoforge.networks.segmentation_discriminator import SegmentationDiscriminator
from cytoforge.networks.spade_generator import SpadeGenerator
from cytoforge.networks.wavelet_discriminator import WaveletDiscriminator
from cytoforge.networks.wavelet_generator import WaveletGenerator


def build_sampler(config: OasisConfig, n_codes: int, channels: int) -> LabelsToImage:
    """Return the untrained generator, which sees noise and the label map, in its sampler."""
    spec = ConditionSpec(
        n_codes,
        config.label_input,
        noise=config.noise_channels,
        grain=config.grain_channels,
        neighbours=config.neighbours,
    )
    return LabelsToImage(spec, build_generator(config, spec.channels, channels), channels)


def build_generator(config: OasisConfig, in_channels: int, out_channels: int) -> nn.Module:
    """Return the untrained generator: (B, in, H, W) → (B, out, H, W) in [-1, 1]."""
    network = SpadeGenerator if config.generator == "pixel" else WaveletGenerator
    return network(
        in_channels,
        out_channels,
        filters=config.generator_filters,
        n_blocks=config.blocks,
        norm=config.spade_norm,
        spade_filters=config.spade_filters,
        spade_kernel_size=config.spade_kernel,
        upsampling=config.upsampling,
        spectral=config.spectral_norm,
    )


def build_discriminator(config: OasisConfig, n_codes: int, channels: int) -> nn.Module:
    """Return the untrained segmenter of images: (B, channels, H, W) → (B, n_codes + 1, H, W)."""
    return SegmentationDiscriminator(
        channels,
        n_codes,
        filters=config.discriminator_filters,
        n_blocks=config.discriminator_blocks,
        spectral=config.spectral_norm,
    )


def build_wavelet_discriminator(config: OasisConfig, channels: int) -> nn.Module:
    """Return the untrained discriminator of real images: (B, channels, H, W) → (B, 1)."""
    return WaveletDiscriminator(
        channels,
        filters=config.wavelet_discriminator_filters,
        n_stages=config.wavelet_discriminator_stages,
    )
