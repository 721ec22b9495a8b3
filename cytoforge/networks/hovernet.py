"""HoVer-Net: nuclei, how far to their left and right, above and below a pixel lies, and their types
(Graham et al. 2019, 10.1016/j.media.2019.101563).

Modules have the names of the public PyTorch implementation, so that its weights can be loaded.
"""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cytoforge.networks.layers import BatchNorm

Mode = Literal["fast", "original"]
KERNELS = {"fast": 3, "original": 5}
"""Side of the decoder's kernels."""
STEM_PX = 7
HALVINGS = 3
GROUPS = 4  # of the second convolution of a dense unit


class SamePadding(nn.Module):
    """Zeros around an image as TensorFlow's SAME has them: of an odd number one more at the end."""

    def __init__(self, kernel_px: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel_px, self.stride = kernel_px, stride

    def forward(self, x: Tensor) -> Tensor:
        """Return features (B, C, H + p, W + p)."""
        over = x.shape[2] % self.stride or self.stride
        pad = max(self.kernel_px - over, 0)
        first, last = pad // 2, pad - pad // 2
        return F.pad(x, (first, last, first, last))


def norm_relu(channels: int, name: str) -> list[tuple[str, nn.Module]]:
    """Return batch norm `<name>bn` and ReLU `<name>relu`."""
    return [(f"{name}bn", BatchNorm(channels)), (f"{name}relu", nn.ReLU(inplace=True))]


def conv(
    in_channels: int, out_channels: int, kernel_px: int = 1, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    """Return a convolution without padding and bias."""
    return nn.Conv2d(in_channels, out_channels, kernel_px, stride, groups=groups, bias=False)


class ResidualBlock(nn.Module):
    """Bottleneck units with norm and ReLU first (He et al. 2016, arXiv:1603.05027).

    Parameters
    ----------
    mid_channels : of the 3 × 3 convolutions; the block gives four times as many
    """

    def __init__(self, in_channels: int, mid_channels: int, n_units: int, stride: int) -> None:
        super().__init__()
        out = 4 * mid_channels
        self.units = nn.ModuleList(
            self._unit(out if k else in_channels, mid_channels, 1 if k else stride, first=not k)
            for k in range(n_units)
        )
        self.shortcut = conv(in_channels, out, stride=stride)
        self.blk_bna = nn.Sequential(OrderedDict(norm_relu(out, "")))

    @staticmethod
    def _unit(in_channels: int, mid_channels: int, stride: int, first: bool) -> nn.Sequential:
        # What comes before a block ends with norm and ReLU: its first unit has none.
        layers = [] if first else norm_relu(in_channels, "preact/")
        layers += [("conv1", conv(in_channels, mid_channels)), *norm_relu(mid_channels, "conv1/")]
        layers += [("conv2/pad", SamePadding(3, stride))]
        layers += [("conv2", conv(mid_channels, mid_channels, 3, stride=stride))]
        layers += [
            *norm_relu(mid_channels, "conv2/"),
            ("conv3", conv(mid_channels, 4 * mid_channels)),
        ]
        return nn.Sequential(OrderedDict(layers))

    def forward(self, x: Tensor, frozen: bool = False) -> Tensor:
        """Return features (B, 4 mid_channels, H / stride, W / stride)."""
        shortcut = self.shortcut(x)
        for unit in self.units:
            with without_gradients(frozen):
                new = unit(x)
            x = shortcut = new + shortcut
        found: Tensor = self.blk_bna(x)
        return found


class DenseBlock(nn.Module):
    """Units whose features are added to what they have seen, cut to the same size (Huang et al.
    2017, arXiv:1608.06993), without padding: each takes `kernel_px` − 1 off a side."""

    def __init__(
        self, in_channels: int, mid_channels: int, growth: int, n_units: int, kernel_px: int
    ) -> None:
        super().__init__()
        counts = [in_channels + k * growth for k in range(n_units + 1)]
        self.units = nn.ModuleList(
            nn.Sequential(
                OrderedDict(
                    [
                        *norm_relu(count, "preact_bna/"),
                        ("conv1", conv(count, mid_channels)),
                        *norm_relu(mid_channels, "conv1/"),
                        ("conv2", conv(mid_channels, growth, kernel_px, groups=GROUPS)),
                    ]
                )
            )
            for count in counts[:-1]
        )
        self.out_channels = counts[-1]
        self.blk_bna = nn.Sequential(OrderedDict(norm_relu(self.out_channels, "")))

    def forward(self, x: Tensor) -> Tensor:
        """Return features (B, in_channels + n_units growth, h, w)."""
        for unit in self.units:
            new = unit(x)
            x = torch.cat([centre(x, new.shape[-2:]), new], 1)
        found: Tensor = self.blk_bna(x)
        return found


class Upsample2x(nn.Module):
    """Every pixel four times: the outer product with ones that the public weights hold."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unpool_mat", torch.ones(2, 2))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, 2 H, 2 W)."""
        return F.interpolate(x, scale_factor=2, mode="nearest")


class HoVerNet(nn.Module):
    """One encoder, and a decoder for each of nuclear pixels, distances and types.

    Parameters
    ----------
    n_types : classes of nuclei and the ground; 0: no decoder of types
    mode : `fast` has 3 × 3 kernels and gives 164 px for 256, `original` 5 × 5 and 80 px for 270
    width : channels of the stem, a multiple of 8; 64 as published, all others grow with it
    blocks : units of the four blocks of the encoder, full size first
    dense : units of the dense blocks of each decoder, at a quarter and at half of the size
    """

    def __init__(
        self,
        in_channels: int = 3,
        n_types: int = 0,
        mode: Mode = "fast",
        width: int = 64,
        blocks: Sequence[int] = (3, 4, 6, 3),
        dense: Sequence[int] = (8, 4),
    ) -> None:
        super().__init__()
        self.in_channels, self.n_types = in_channels, n_types
        kernel, same = KERNELS[mode], mode == "fast"
        self.stem_loss_px = 0 if same else STEM_PX - 1
        self.crops_px = crops_px(kernel, dense)
        self.frozen = False  # in training the encoder's blocks then get no gradients
        stem: list[tuple[str, nn.Module]] = [("pad", SamePadding(STEM_PX))] if same else []
        stem += [("/", conv(in_channels, width, STEM_PX)), *norm_relu(width, "")]
        self.conv0 = nn.Sequential(OrderedDict(stem))
        self.d0 = ResidualBlock(width, width, blocks[0], 1)
        self.d1 = ResidualBlock(4 * width, 2 * width, blocks[1], 2)
        self.d2 = ResidualBlock(8 * width, 4 * width, blocks[2], 2)
        self.d3 = ResidualBlock(16 * width, 8 * width, blocks[3], 2)
        self.conv_bot = conv(32 * width, 16 * width)
        outputs = ({"tp": n_types} if n_types else {}) | {"np": 2, "hv": 2}
        self.decoder = nn.ModuleDict(
            {name: decoder(width, dense, kernel, count) for name, count in outputs.items()}
        )
        self.upsample2x = Upsample2x()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @property
    def border_px(self) -> int:
        """How much larger, in all, a side of the input is than that of the output."""
        return self.stem_loss_px + self.crops_px[0]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return scores `np` (B, 2, h, w) of ground and nucleus before softmax, `hv` (B, 2, h, w)
        the distances along x and along y in about [-1, 1], and `tp` (B, n_types, h, w) before
        softmax.

        image : (B, in_channels, H, W) in [0, 255]; sides a multiple of 8, of `original` 6 px more
        """
        frozen = self.frozen and self.training
        x = self.conv0(image / 255)  # (B, w, H, W)
        d0 = self.d0(x, frozen)  # (B, 4 w, H, W)
        with without_gradients(frozen):
            d1 = self.d1(d0)  # (B, 8 w, H / 2, W / 2)
            d2 = self.d2(d1)  # (B, 16 w, H / 4, W / 4)
            d3 = self.d3(d2)  # (B, 32 w, H / 8, W / 8)
        deep = self.conv_bot(d3)  # (B, 16 w, H / 8, W / 8)
        skips = (cut(d0, self.crops_px[0]), cut(d1, self.crops_px[1]), d2)
        return {name: self._decoded(part, deep, skips) for name, part in self.decoder.items()}

    def _decoded(
        self, part: nn.Module, deep: Tensor, skips: tuple[Tensor, Tensor, Tensor]
    ) -> Tensor:
        d0, d1, d2 = skips
        u3, u2, u1, u0 = part.children()
        x = u3(self.upsample2x(deep) + d2)  # (B, 8 w, H / 4 − …, …)
        x = u2(self.upsample2x(x) + d1)  # (B, 4 w, H / 2 − …, …)
        x = u1(self.upsample2x(x) + d0)  # (B, w, h, w)
        scores: Tensor = u0(x)
        return scores


def decoder(width: int, dense: Sequence[int], kernel_px: int, n_outputs: int) -> nn.Sequential:
    """Return the part that turns features into `n_outputs` maps."""
    mid, growth = 2 * width, width // 2

    def level(in_channels: int, channels: int, n_units: int, out_channels: int) -> nn.Sequential:
        block = DenseBlock(channels, mid, growth, n_units, kernel_px)
        return nn.Sequential(
            OrderedDict(
                conva=conv(in_channels, channels, kernel_px),
                dense=block,
                convf=conv(block.out_channels, out_channels),
            )
        )

    last: list[tuple[str, nn.Module]] = [
        ("conva/pad", SamePadding(kernel_px)),
        ("conva", conv(4 * width, width, kernel_px)),
    ]
    head = [*norm_relu(width, ""), ("conv", nn.Conv2d(width, n_outputs, 1))]
    return nn.Sequential(
        OrderedDict(
            u3=level(16 * width, 4 * width, dense[0], 8 * width),
            u2=level(8 * width, 2 * width, dense[1], 4 * width),
            u1=nn.Sequential(OrderedDict(last)),
            u0=nn.Sequential(OrderedDict(head)),
        )
    )


def crops_px(kernel_px: int, dense: Sequence[int]) -> tuple[int, int]:
    """Return what decoders lose of the full and of half the size, in px of those.

    >>> crops_px(3, (8, 4)), crops_px(5, (8, 4))
    ((92, 36), (184, 72))
    """
    lost = [(kernel_px - 1) * (1 + n_units) for n_units in dense]
    return 4 * lost[0] + 2 * lost[1], 2 * lost[0]


def cut(x: Tensor, pixels: int) -> Tensor:
    """Return the middle of features, `pixels` smaller."""
    return centre(x, torch.Size((x.shape[-2] - pixels, x.shape[-1] - pixels)))


def centre(x: Tensor, size: torch.Size) -> Tensor:
    """Return the middle (B, C, *size) of features."""
    row, col = ((have - want) // 2 for have, want in zip(x.shape[-2:], size, strict=True))
    return x[..., row : row + size[0], col : col + size[1]]


def without_gradients(frozen: bool) -> AbstractContextManager[None]:
    """Return a context in which nothing is noted for a backward pass, where it is `frozen`."""
    return torch.no_grad() if frozen else nullcontext()
