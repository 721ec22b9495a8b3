"""U-Net generator of pix2pix (Isola et al. 2017, arXiv:1611.07004, section 6.1.1)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import Dropout, needs_bias, norm_layer
from cytoforge.networks.upsampling import Upsampling, doubling


class UNet(nn.Module):
    """Halve `n_downs` times, then double as often, each decoder level seeing its encoder level.

    Sides are multiples of 2^n_downs. Widths are filters × 1, 2, 4, 8, 8, …. Outermost and innermost
    encoder levels have no norm. Dropout stands in the `n_downs` − 5 decoder levels above the
    innermost one, as in the public implementation (the paper has it in the innermost as well).
    """

    def __init__(
        self,
        in_channels: int,  # codes, or 1 for grey labels
        out_channels: int,  # of the image
        n_downs: int = 8,  # halvings: 8 for unet_256, 7 for unet_128
        filters: int = 64,  # width of the outermost level
        norm: str = "batch",  # batch, instance or none
        dropout: bool = True,  # 0.5 in the middle of the decoder
        upsampling: Upsampling = "transposed",
        detail: int = 0,  # filters at full size, where the input is seen again; 0: none
        detail_layers: int = 1,  # convolutions at full size, the last one included
    ) -> None:
        super().__init__()
        widths = [filters * min(2**level, 8) for level in range(n_downs)]
        innermost = n_downs - 1
        self.encoder = nn.ModuleList(
            [Conv2d(in_channels, filters, 4, stride=2, padding=1, bias=needs_bias(norm))]
        )
        for level in range(1, n_downs):
            self.encoder.append(
                _encoder_level(widths[level - 1], widths[level], norm, level == innermost)
            )
        self.decoder = nn.ModuleList()
        for level in range(innermost, 0, -1):
            width_in = widths[level] if level == innermost else 2 * widths[level]
            name = f"level{level}" if dropout and 4 <= level < innermost else None
            self.decoder.append(_decoder_level(width_in, widths[level - 1], norm, upsampling, name))
        last = doubling(2 * filters, detail or out_channels, True, upsampling)
        self.output = nn.Sequential(nn.ReLU(inplace=True), *last)
        # Not in the original. Rims are 1 px wide, and all else the decoder knows is half-size.
        seen = detail + in_channels
        refined = range(detail_layers - 1) if detail else range(0)
        self.refine = nn.ModuleList(Conv2d(seen, detail, 3, padding=1) for _ in refined)
        self.detail = Conv2d(seen, out_channels, 3, padding=1) if detail else None

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        labels, skips = x, []
        for block in self.encoder:
            x = block(x)  # (B, widths[l], H / 2^(l+1), W / 2^(l+1))
            skips.append(x)
        skips.pop()  # the innermost level is x itself
        for block in self.decoder:
            x = torch.cat([skips.pop(), block(x)], dim=1)  # (B, 2 widths[l], H / 2^(l+1), …)
        x = self.output(x)  # (B, detail or out_channels, H, W)
        if self.detail is not None:
            for layer in [*self.refine, self.detail]:
                x = layer(torch.cat([F.leaky_relu(x, 0.2), labels], dim=1))
        return torch.tanh(x)  # (B, out_channels, H, W) in [-1, 1]


def _encoder_level(
    in_channels: int, out_channels: int, norm: str, innermost: bool
) -> nn.Sequential:
    """Return layers that halve height and width."""
    return nn.Sequential(
        # In place, in the skip as well: the ReLU it meets next makes both alike.
        nn.LeakyReLU(0.2, inplace=True),
        Conv2d(in_channels, out_channels, 4, stride=2, padding=1, bias=needs_bias(norm)),
        *([] if innermost else norm_layer(norm, out_channels)),
    )


def _decoder_level(
    in_channels: int, out_channels: int, norm: str, upsampling: Upsampling, dropout: str | None
) -> nn.Sequential:
    """Return layers that double height and width; `dropout` is the name of its seeds."""
    return nn.Sequential(
        nn.ReLU(inplace=True),
        *doubling(in_channels, out_channels, needs_bias(norm), upsampling),
        *norm_layer(norm, out_channels),
        *([Dropout(dropout)] if dropout else []),
    )
