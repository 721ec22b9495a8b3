"""The generator of StyleGAN3 (Karras et al. 2021, arXiv:2106.12423): no layer knows where a pixel
lies, so that what it draws moves with its input."""

import numpy as np
from torch import Tensor, nn

from cytoforge.networks.fourier_input import FourierInput
from cytoforge.networks.style_mapping import StyleMapping
from cytoforge.networks.stylegan3_layers import AliasFreeLayer, Band

LAYERS, CRITICAL = 14, 2
"""Layers before the picture's own; of them so many at the end keep all frequencies."""
FIRST_CUTOFF, FIRST_STOPBAND, LAST_STOPBAND = 2.0, 2**2.1, 2**0.3
MARGIN_PX = 10  # around every map: what zeros beyond its border reach is cut off at the end
OUTPUT_SCALE = 0.25


class StyleGan3(nn.Module):
    """Pictures of noise: waves, 14 layers that each let higher frequencies pass, a picture.

    `radial` is config R: 1 × 1 convolutions and filters that are the same in all directions, for
    what turns with its input; else config T, 3 × 3, for what moves with it.
    """

    noise_numbers = 0

    def __init__(
        self,
        out_channels: int,
        size_px: int = 256,
        style_channels: int = 512,
        mapping_layers: int = 2,
        channel_base: int = 32768,
        channel_max: int = 512,
        radial: bool = False,
    ) -> None:
        super().__init__()
        self.mapping = StyleMapping(style_channels, mapping_layers)
        bands = bands_of(size_px)
        widths = [
            round(min(channel_base / 2 / band.cutoff, channel_max)) for band in bands[:-1]
        ] + [out_channels]
        first = bands[0]
        self.input = FourierInput(
            widths[0], first.size_px, first.rate, first.cutoff, style_channels
        )
        self.layers = nn.ModuleList(
            AliasFreeLayer(
                widths[max(k - 1, 0)],
                widths[k],
                bands[max(k - 1, 0)],
                bands[k],
                style_channels,
                kernel_size=1 if radial else 3,
                radial=radial and k < LAYERS - CRITICAL,
                to_picture=k == LAYERS,
            )
            for k in range(LAYERS + 1)
        )
        self.n_styles = LAYERS + 2

    def forward(self, styles: Tensor, noise: Tensor | None = None, follow: int = 0) -> Tensor:
        """Return a picture, float32 (B, out_channels, size_px, size_px).

        Parameters
        ----------
        styles : a style per layer, (B, n_styles, style_channels)
        noise : none is used
        follow : pictures of the whole batch, by which layers follow the size of their inputs; 0 of
            a pass that changes nothing
        """
        each = styles.unbind(1)
        x = self.input(each[0])  # (B, width, 36, 36)
        for layer, style in zip(self.layers, each[1:], strict=True):
            x = layer(x, style, follow)
        return x.float() * OUTPUT_SCALE


def bands_of(size_px: int) -> list[Band]:
    """Return rate, size and band of every layer's output, the picture's last.

    Cut-offs rise geometrically from 2 cycles per picture to half its pixels; rates are the power of
    two that holds the stop-band (appendix C.1).
    """
    last = size_px / 2
    rise = np.minimum(np.arange(LAYERS + 1) / (LAYERS - CRITICAL), 1)
    cutoffs = FIRST_CUTOFF * (last / FIRST_CUTOFF) ** rise
    stopbands = FIRST_STOPBAND * (last * LAST_STOPBAND / FIRST_STOPBAND) ** rise
    rates = 2 ** np.ceil(np.log2(np.minimum(2 * stopbands, size_px)))
    half_widths = np.maximum(stopbands, rates / 2) - cutoffs
    sizes = rates + 2 * MARGIN_PX
    sizes[-2:] = size_px
    return [
        Band(float(cutoff), float(half), int(rate), int(size))
        for cutoff, half, rate, size in zip(cutoffs, half_widths, rates, sizes, strict=True)
    ]
