"""Feature encoder of pix2pixHD: the appearance of a region as a few numbers (Wang et al. 2018,
arXiv:1711.11585, section 3.4)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.global_generator import ImageHead, global_trunk
from cytoforge.networks.upsampling import Upsampling


class FeatureEncoder(nn.Module):
    """Image to `out_channels` values per pixel, which `region_means` then averages per region.

    Sides are multiples of 2^n_downs.
    """

    def __init__(
        self,
        in_channels: int,  # of the image
        out_channels: int = 3,  # features
        filters: int = 16,  # width at full size
        n_downs: int = 4,  # halvings
        norm: str = "instance",
        upsampling: Upsampling = "transposed",
    ) -> None:
        super().__init__()
        self.trunk = global_trunk(in_channels, filters, n_downs, 0, norm, upsampling)
        self.head = ImageHead(filters, out_channels, norm)

    def forward(self, image: Tensor) -> Tensor:  # (B, in_channels, H, W) in [-1, 1]
        return self.head(self.trunk(image), image)  # (B, out_channels, H, W) in [-1, 1]


def number_regions(labels: Tensor, instances: Tensor) -> tuple[Tensor, int]:
    """Number the regions of a batch, from 0, in one int64 tensor of the same shape (B, H, W).

    A region is one code inside one instance of one tile: cells here are made of several levels,
    each of which has an appearance of its own; id 0, no cell, is split by code likewise.

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
