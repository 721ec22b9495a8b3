"""Discriminator on Haar bands (SWAGAN, Gal et al. 2021, arXiv:2102.06108), built as StyleGAN2's."""

import itertools

import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.networks.equalised import Blur, EqualConv2d, EqualLinear, ScaledLeaky, append_stddev
from cytoforge.networks.haar import haar

FINAL_PX = 4  # side of the map before the dense layers


class WaveletDiscriminator(nn.Module):
    """Judge by one logit whether an image is real, without its label map.

    Each of `n_stages` stages halves the map and is shown the bands of the image at its size. With 5
    stages an image of 256 px ends at 4×4; other sizes, multiples of
    2^(n_stages + 1), are averaged to that.
    """

    def __init__(
        self,
        in_channels: int,  # of the image
        filters: int = 128,  # width of the first stage; four times that in all others
        n_stages: int = 5,
        stddev_group: int = 4,
    ) -> None:
        super().__init__()
        self.stddev_group = stddev_group
        widths = [filters] + [4 * filters] * n_stages
        self.from_bands = nn.ModuleList(
            nn.Sequential(EqualConv2d(4 * in_channels, width, 1), ScaledLeaky(width))
            for width in widths
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                EqualConv2d(wide, wide, 3),
                ScaledLeaky(wide),
                Blur(padding=2),
                EqualConv2d(wide, narrow, 3, stride=2),
                ScaledLeaky(narrow),
            )
            for wide, narrow in itertools.pairwise(widths)
        )
        last = widths[-1]
        self.mix = nn.Sequential(EqualConv2d(last + 1, last, 3), ScaledLeaky(last))
        self.dense = nn.Sequential(
            EqualLinear(last * FINAL_PX**2, last),
            ScaledLeaky(last),
            EqualLinear(last, 1, bias=True),
        )
        self.halve = Blur(padding=1, stride=2)

    def forward(self, image: Tensor) -> Tensor:  # (B, in_channels, H, W)
        x = self.from_bands[0](haar(image))  # (B, filters, H / 2, W / 2)
        for stage, from_bands in zip(self.stages, self.from_bands[1:], strict=True):
            image = self.halve(image)
            x = stage(x) + from_bands(haar(image))  # (B, 4 filters, half, half)
        x = self.mix(append_stddev(x, self.stddev_group))
        x = F.adaptive_avg_pool2d(x, FINAL_PX)  # (B, 4 filters, 4, 4)
        return self.dense(x.flatten(1))  # (B, 1)
