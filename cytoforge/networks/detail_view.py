"""A discriminator that is shown the fine detail of an image, amplified."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEAN_PX = 5  # of a period of 4 px four fifths are left, of 8 px a half, of 16 px a seventh


class DetailView(nn.Module):
    """Show `discriminator` a pair, and beside it the image less its local mean, times `gain`.

    Labels are 0 or 1, and texture is a few hundredths of the range: a discriminator that has a few
    hundred steps learns from the labels alone, and textures stay as they happen to be.
    """

    def __init__(
        self,
        discriminator: nn.Module,  # of in_channels + channels
        channels: int,  # of the image alone
        gain: float,  # 8 brings texture to about the range of labels
    ) -> None:
        super().__init__()
        self.discriminator, self.channels, self.gain = discriminator, channels, gain

    def forward(self, pair: Tensor) -> Any:  # (B, in_channels, H, W)
        image = pair[:, -self.channels :]  # (B, channels, H, W), the last ones of a pair
        mean = F.avg_pool2d(image, MEAN_PX, 1, MEAN_PX // 2, count_include_pad=False)
        return self.discriminator(torch.cat([pair, self.gain * (image - mean)], 1))
