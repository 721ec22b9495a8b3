"""PatchGAN discriminator of pix2pix (Isola et al. 2017, arXiv:1611.07004, section 6.1.2)."""

from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import needs_bias, norm_layer


class PatchGAN(nn.Module):
    """Judge each patch of a label map and image by a logit.

    With 3 strided layers a logit sees 70×70 pixels, with 2 it sees 34×34, with 1 16×16.
    """

    def __init__(
        self,
        in_channels: int,  # of label map and image together
        filters: int = 64,  # width of the first layer; doubled by each next one, up to 8 ×
        n_layers: int = 3,  # strided layers
        norm: str = "batch",  # batch, instance or none
    ) -> None:
        super().__init__()
        widths = [filters * min(2**layer, 8) for layer in range(n_layers + 1)]
        self.blocks = nn.Sequential(
            Conv2d(in_channels, filters, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)
        )
        for layer in range(1, n_layers + 1):
            stride = 2 if layer < n_layers else 1
            width_in, width = widths[layer - 1], widths[layer]
            self.blocks.extend(
                [
                    Conv2d(width_in, width, 4, stride, padding=1, bias=needs_bias(norm)),
                    *norm_layer(norm, width),
                    nn.LeakyReLU(0.2, inplace=True),
                ]
            )
        self.blocks.append(Conv2d(widths[n_layers], 1, 4, padding=1))

    def forward(self, pair: Tensor) -> Tensor:  # (B, in_channels, H, W)
        return self.blocks(pair)  # (B, 1, about H / 2^n_layers, W / 2^n_layers)
