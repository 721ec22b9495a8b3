"""Multi-scale discriminator of pix2pixHD (Wang et al. 2018, arXiv:1711.11585, section 3.2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import needs_bias, norm_layer


class FeaturePatchGAN(nn.Module):
    """A PatchGAN that hands on the output of every layer, the logits last.

    Unlike pix2pix's it pads by 2: maps are 1 px larger after each layer.
    """

    def __init__(self, in_channels: int, filters: int, n_layers: int, norm: str) -> None:
        super().__init__()
        widths = [filters * min(2**layer, 8) for layer in range(n_layers + 1)]
        first = nn.Sequential(
            nn.Conv2d(in_channels, filters, 4, stride=2, padding=2), nn.LeakyReLU(0.2, inplace=True)
        )
        self.layers = nn.ModuleList([first])
        for layer in range(1, n_layers + 1):
            stride = 2 if layer < n_layers else 1
            width_in, width = widths[layer - 1], widths[layer]
            self.layers.append(
                nn.Sequential(
                    nn.Conv2d(width_in, width, 4, stride, padding=2, bias=needs_bias(norm)),
                    *norm_layer(norm, width),
                    nn.LeakyReLU(0.2, inplace=True),
                )
            )
        self.layers.append(Conv2d(widths[n_layers], 1, 4, padding=2))

    def forward(self, pair: Tensor) -> list[Tensor]:  # (B, in_channels, H, W)
        features = []
        for layer in self.layers:
            pair = layer(pair)  # (B, widths[l], about H / 2^(l+1), W / 2^(l+1))
            features.append(pair)
        return features


class MultiScaleDiscriminator(nn.Module):
    """Equal discriminators, each at half the size of the one before it."""

    def __init__(
        self,
        in_channels: int,  # of condition and image together
        filters: int = 64,  # width of the first layer; doubled by each next one, up to 8 ×
        n_layers: int = 3,  # strided layers: 3 sees 70×70 pixels at full size
        n_scales: int = 2,
        norm: str = "instance",  # batch, instance or none
    ) -> None:
        super().__init__()
        self.scales = nn.ModuleList(
            [FeaturePatchGAN(in_channels, filters, n_layers, norm) for _ in range(n_scales)]
        )

    def forward(self, pair: Tensor) -> list[list[Tensor]]:  # (B, in_channels, H, W)
        """Return every layer's output at every scale, largest scale first, logits last."""
        outputs = []
        for index, discriminator in enumerate(self.scales):
            pair = pair if index == 0 else half_size(pair)  # (B, inputs, H / 2^index, …)
            outputs.append(discriminator(pair))
        return outputs


def half_size(x: Tensor) -> Tensor:
    """Return (B, C, H / 2, W / 2), rounded up: means of 3×3 pixels, fewer of them at borders."""
    return F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
