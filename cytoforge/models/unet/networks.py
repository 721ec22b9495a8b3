"""The network of `unet`."""

from cytoforge.models.instance_sampler import ImageToInstances
from cytoforge.models.unet.config import UNetConfig
from cytoforge.segmentation.learned.network import InstanceUNet


def build_sampler(config: UNetConfig, n_codes: int, channels: int) -> ImageToInstances:
    """Return the untrained network, and how its maps become instances."""
    network = InstanceUNet(config.channels_seen(channels), config.widths)
    return ImageToInstances(network, config.sees, config.scale)
