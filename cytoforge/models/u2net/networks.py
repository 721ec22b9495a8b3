"""The network of `u2net`."""

from cytoforge.models.instance_sampler import ImageToInstances
from cytoforge.models.u2net.config import U2NetConfig
from cytoforge.networks.u2net import U2Net
from cytoforge.segmentation.learned.network import OUTPUTS


def build_sampler(config: U2NetConfig, n_codes: int, channels: int) -> ImageToInstances:
    """Return the untrained network, and how its maps become instances."""
    network = U2Net(config.channels_seen(channels), OUTPUTS, config.size)
    return ImageToInstances(network, config.sees, config.scale)
