"""Feature encoder of pix2pixHD: what a region looks like, as a few numbers (Wang et al. 2018,
arXiv:1711.11585, section 3.4)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.global_generator import ImageHead, global_trunk
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import Upsampling


class FeatureEncoder(nn.Module):
    """Image to `features` values a pixel, in [-1, 1], which `region_means` then levels."""

    def __init__(
        self,
        channels: int,  # of the image
        features: int = 3,
        filters: int = 16,  # width at full size
        downs: int = 4,  # halvings
        norm: str = "instance",
        upsampling: Upsampling = "transposed",
    ) -> None:
        super().__init__()
        self.downs = downs
        self.trunk = global_trunk(channels, filters, downs, 0, norm, upsampling)
        self.head = ImageHead(filters, features, norm)

    def forward(self, image: Tensor) -> Tensor:  # (B, channels, H, W) in [-1, 1]
        check_multiple(image.shape, 2**self.downs, f"{self.downs} halvings")
        features: Tensor = self.head(self.trunk(image), image)  # (B, features, H, W)
        return features


def number_regions(labels: Tensor, instances: Tensor) -> tuple[Tensor, int]:
    """Number the regions of a batch, from 0, in one int64 tensor of the same shape (B, H, W).

    A region is one code inside one instance of one tile: cells here are made of several levels,
    each of which is drawn with a look of its own; id 0, no cell, is split by code likewise.

    Returns
    -------
    numbers, and how many there can be (some of them may have no pixel)
    """
    batch = torch.arange(len(labels), device=labels.device)[:, None, None]
    # 256: codes are uint8.
    keys = (batch * (int(instances.max()) + 1) + instances) * 256 + labels
    used, numbers = torch.unique(keys, return_inverse=True)
    return numbers, len(used)


def region_means(features: Tensor, numbers: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the mean feature of every region, (count, F) float32, and its pixels, (count,).

    One pass of scattered sums, whatever the number of regions.
    """
    flat = features.float().movedim(1, -1).flatten(0, 2)  # (B H W, F)
    sums = flat.new_zeros(count, flat.shape[1]).index_add_(0, numbers.flatten(), flat)
    pixels = torch.bincount(numbers.flatten(), minlength=count)
    return sums / pixels.clamp(min=1)[:, None], pixels


def spread_means(means: Tensor, numbers: Tensor) -> Tensor:
    """Give every pixel its region's mean: (count, F) and (B, H, W) → (B, F, H, W)."""
    return F.embedding(numbers, means).movedim(-1, 1)
