"""U-Net generator of pix2pix (Isola et al. 2017, arXiv:1611.07004, section 6.1.1)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.convolution import Conv2d
from cytoforge.networks.layers import Dropout, needs_bias, norm_layer
from cytoforge.networks.tile_size import check_multiple
from cytoforge.networks.upsampling import Upsampling, doubling


class UNet(nn.Module):
    """Halve `downs` times, then double as often, each decoder level seeing its encoder level.

    Widths are filters × 1, 2, 4, 8, 8, …. Outermost and innermost encoder levels have no norm.
    Dropout stands in the `downs` − 5 decoder levels above the innermost one, as in the public
    implementation (the paper has it in the innermost as well).
    """

    def __init__(
        self,
        inputs: int,  # channels in: codes, or 1 for grey labels
        outputs: int,  # channels of the image
        downs: int = 8,  # halvings: 8 for unet_256, 7 for unet_128
        filters: int = 64,  # width of the outermost level
        norm: str = "batch",  # batch, instance or none
        dropout: bool = True,  # 0.5 in the middle of the decoder
        upsampling: Upsampling = "transposed",
        detail: int = 0,  # filters of the full-size layer that sees the input again; 0: none
    ) -> None:
        super().__init__()
        self.downs = downs
        widths = [filters * min(2**level, 8) for level in range(downs)]
        bias = needs_bias(norm)

        self.encoder = nn.ModuleList([Conv2d(inputs, widths[0], 4, 2, 1, bias=bias)])
        for level in range(1, downs):
            innermost = level == downs - 1
            self.encoder.append(
                nn.Sequential(
                    # In place, in the skip as well: the ReLU it meets next makes both alike.
                    nn.LeakyReLU(0.2, inplace=True),
                    Conv2d(widths[level - 1], widths[level], 4, 2, 1, bias=bias),
                    *([] if innermost else norm_layer(norm, widths[level])),
                )
            )

        self.decoder = nn.ModuleList()
        for level in range(downs - 1, 0, -1):
            innermost = level == downs - 1
            width_in = widths[level] if innermost else 2 * widths[level]
            drops = dropout and 4 <= level < downs - 1
            self.decoder.append(
                nn.Sequential(
                    nn.ReLU(inplace=True),
                    *doubling(width_in, widths[level - 1], bias, upsampling),
                    *norm_layer(norm, widths[level - 1]),
                    *([Dropout(f"level{level}")] if drops else []),
                )
            )
        self.output = nn.Sequential(
            nn.ReLU(inplace=True), *doubling(2 * widths[0], detail or outputs, True, upsampling)
        )
        # Not in the original. Rims are 1 px wide, and all else the decoder knows is half-size.
        self.detail = Conv2d(detail + inputs, outputs, 3, 1, 1) if detail else None

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W)
        check_multiple(x.shape, 2**self.downs, f"{self.downs} halvings")
        labels, skips = x, []
        for block in self.encoder:
            x = block(x)  # (B, widths[l], H / 2^(l+1), W / 2^(l+1))
            skips.append(x)
        skips.pop()  # the innermost level is x itself
        for block in self.decoder:
            x = torch.cat([skips.pop(), block(x)], dim=1)  # (B, 2 widths[l], H / 2^(l+1), …)
        x = self.output(x)  # (B, detail or outputs, H, W)
        if self.detail is not None:
            x = self.detail(torch.cat([F.leaky_relu(x, 0.2), labels], dim=1))  # (B, outputs, H, W)
        return torch.tanh(x)  # in [-1, 1]
