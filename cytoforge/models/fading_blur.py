"""A blur of what a discriminator sees, which fades in the first part of a training (Karras et al.
2021, StyleGAN3, appendix G): coarse structure is learned before fine."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

SDS = 3  # of the Gaussian, on either side


def fading_blur(maps: Tensor, sd_px: float) -> Tensor:
    """Return maps smoothed by a Gaussian, (B, C, H, W); as they are where it is below a pixel.

    Beyond the border they go on as their outermost pixels.
    """
    reach = math.floor(sd_px * SDS)
    if reach < 1:
        return maps
    place = torch.arange(-reach, reach + 1, device=maps.device, dtype=torch.float32)
    line = torch.exp(-0.5 * (place / sd_px).square())
    line = (line / line.sum()).to(maps).view(1, 1, 1, -1).expand(maps.shape[1], -1, -1, -1)
    maps = F.pad(maps, [reach] * 4, mode="replicate")
    across = F.conv2d(maps, line, groups=maps.shape[1])
    return F.conv2d(across, line.transpose(2, 3), groups=maps.shape[1])
