"""Pixel discriminator of pix2pix ("1×1 PixelGAN", Isola et al. 2017, section 6.1.2)."""

from torch import Tensor, nn

from cytoforge.networks.layers import needs_bias, norm_layer


class PixelDiscriminator(nn.Module):
    """Judge each pixel by itself: which grey values go with which code, and nothing of texture.

    A logit sees 1×1 pixels, so this is the weakest discriminator.
    """

    def __init__(
        self,
        in_channels: int,  # of label map and image together
        filters: int = 64,  # width of the first layer; the second has twice as many
        norm: str = "batch",  # batch, instance or none
    ) -> None:
        super().__init__()
        bias = needs_bias(norm)
        self.blocks = nn.Sequential(
            nn.Conv2d(in_channels, filters, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(filters, 2 * filters, 1, bias=bias),
            *norm_layer(norm, 2 * filters),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * filters, 1, 1, bias=bias),  # none with batch norm, as the original
        )

    def forward(self, pair: Tensor) -> Tensor:  # (B, in_channels, H, W)
        return self.blocks(pair)  # (B, 1, H, W)
