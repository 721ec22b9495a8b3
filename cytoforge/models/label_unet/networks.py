"""The network of `label_unet`: scores of classes, and how they become a label map."""

from torch import Tensor, nn

from cytoforge.models.label_unet.config import LabelUNetConfig
from cytoforge.models.sampler import ImageToLabels, Planes
from cytoforge.segmentation.learned.network import InstanceUNet


class ScoresToLabels(ImageToLabels):
    """Label maps of images by a network whose outputs are scores before softmax."""

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the probability of each class, float32 (B, n_codes, H, W), as −1 to 1."""
        return super().forward(planes, draws).softmax(1) * 2 - 1

    def with_generator(self, generator: nn.Module) -> "ScoresToLabels":
        """Return the same sampler around another generator."""
        return ScoresToLabels(generator, self.in_channels, self.out_channels)


def build_sampler(config: LabelUNetConfig, n_codes: int, channels: int) -> ScoresToLabels:
    """Return the untrained network in its sampler."""
    network = InstanceUNet(channels, config.widths, n_codes)
    return ScoresToLabels(network, channels, n_codes)
