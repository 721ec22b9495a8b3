"""The networks of OASIS."""

from torch import nn

from cytoforge.models.oasis.config import OasisConfig
from cytoforge.networks.condition import ConditionSpec
from cytoforge.networks.segmentation_discriminator import SegmentationDiscriminator
from cytoforge.networks.spade_generator import SpadeGenerator
from cytoforge.networks.wavelet_discriminator import WaveletDiscriminator
from cytoforge.networks.wavelet_generator import WaveletGenerator


def condition_spec(config: OasisConfig, n_codes: int) -> ConditionSpec:
    """Return what the generator sees: noise and the label map."""
    return ConditionSpec(n_codes, config.label_input, noise=config.noise_channels)


def build_generator(config: OasisConfig, spec: ConditionSpec, channels: int) -> nn.Module:
    """Return the untrained generator: (B, spec.channels, H, W) → (B, channels, H, W) in [-1, 1]."""
    kind = SpadeGenerator if config.generator == "pixel" else WaveletGenerator
    return kind(
        spec.channels,
        channels,
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
    """Return the untrained judge of realism: (B, channels, H, W) → (B, 1)."""
    return WaveletDiscriminator(
        channels,
        filters=config.wavelet_discriminator_filters,
        n_stages=config.wavelet_discriminator_stages,
    )
