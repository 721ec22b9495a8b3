"""Convolutions that are a matrix product where oneDNN, torch's library for CPUs, is slow.

- Many weights and a small map, the deep half of a U-Net: the time goes into moving weights, and
  oneDNN moves them once more than needed, into its own layout and the gradients back, every step.
  Unfolding the map instead costs nothing at that size (Chellapilla et al. 2006, "High performance
  convolutional neural networks for document processing").
- One or a few output channels, the last layer of generators and discriminators: oneDNN computes 16
  channels at a time, mostly for nothing. Every pixel is multiplied with all weights at once and the
  products are added up at the pixels they belong to.

Both layers have the parameters and names of torch's, equal them up to rounding, and are torch's on
any other device, size or setting.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import is_channels_last, weight_rows
from cytoforge.compute.products import multiply

# Forward and backward of 1024 → 512 channels, 4×4, doubling, on two cores in fp32 (and bf16): with
# 32 rows 14 ms become 8 (16 become 7), with 128 25 become 21 (22 become 15); with 256 nothing is
# gained, and with 512 a tenth is lost. Under a million weights both take a millisecond or two.
MOST_ROWS = 128  # pixels of all samples that the weights are multiplied with
FEWEST_WEIGHTS = 2**20
# 128 → 1 channels, 4×4, 128 px to 256, on one core: 15 ms become 1.6 (bf16, forward), 25 become 9
# (fp32, forward and backward); 64 → 1, 7×7, 256 px: 135 become 18 and 510 become 134. 64 → 3, 7×7,
# gains little.
MOST_PRODUCTS = 64  # output channels × kernel pixels


class Conv2d(nn.Conv2d):
    """`nn.Conv2d`, as a matrix product where that is faster."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if not _can(x, self) or self.padding_mode != "zeros" or isinstance(self.padding, str):
            return super().forward(x)
        axes = zip(
            x.shape[2:], self.kernel_size, self.dilation, self.padding, self.stride, strict=True
        )
        height, width = (
            (size + 2 * pad - spread * (kernel - 1) - 1) // stride + 1
            for size, kernel, spread, pad, stride in axes
        )
        around = tuple(k - 1 - p for k, p in zip(self.kernel_size, self.padding, strict=True))
        dense = self.stride == (1, 1) and self.dilation == (1, 1) and min(around) >= 0
        if dense and self.weight[:, 0].numel() <= MOST_PRODUCTS:
            # Gathering with a kernel is spreading with the kernel turned round.
            weight = self.weight.flip(2, 3).transpose(0, 1).flatten(1)  # (C, N k k)
            planes = _products(x, weight)
            y = _added_up(planes, (height, width), self.kernel_size, (1, 1), around, (1, 1))
            return y if self.bias is None else y + self.bias.to(y.dtype)[:, None, None]
        if not _small(len(x) * height * width, self.weight):
            return super().forward(x)
        patches = F.unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)
        if is_channels_last(self.weight):
            patches = patches.unflatten(1, (x.shape[1], -1)).transpose(1, 2).flatten(1, 2)
        rows = multiply(_pixel_rows(patches), weight_rows(self.weight).mT)  # (B h w, N)
        if self.bias is not None:
            rows = rows + self.bias.to(rows.dtype)
        if is_channels_last(x):
            return rows.view(len(x), height, width, -1).permute(0, 3, 1, 2)
        columns = rows.unflatten(0, (len(x), -1)).mT  # (B, N, h w)
        return columns.reshape(len(x), -1, height, width)


class ConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d`, as a matrix product where that is faster."""

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:  # (B, C, h, w)
        if not _can(x, self) or output_size is not None or isinstance(self.padding, str):
            return super().forward(x, output_size)
        if self.weight[0].numel() <= MOST_PRODUCTS:
            planes = _products(x, self.weight.flatten(1))  # (B, N k k, h w)
        elif _small(len(x) * x.shape[2] * x.shape[3], self.weight):
            rows = multiply(_pixel_rows(x.flatten(2)), weight_rows(self.weight))  # (B h w, N k k)
            planes = rows.unflatten(0, (len(x), -1)).mT  # (B, N k k, h w)
            if is_channels_last(self.weight):  # (B, k k N, h w) so far
                planes = planes.unflatten(1, (-1, self.weight.shape[1])).transpose(1, 2)
                planes = planes.flatten(1, 2)
        else:
            return super().forward(x)
        axes = zip(
            x.shape[2:],
            self.stride,
            self.padding,
            self.dilation,
            self.kernel_size,
            self.output_padding,
            strict=True,
        )
        size = tuple(
            (length - 1) * stride - 2 * pad + spread * (kernel - 1) + extra + 1
            for length, stride, pad, spread, kernel, extra in axes
        )
        y = _added_up(planes, size, self.kernel_size, self.dilation, self.padding, self.stride)
        return y if self.bias is None else y + self.bias.to(y.dtype)[:, None, None]


def _can(x: Tensor, layer: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    # A compiled or exported graph keeps its convolutions: they are what others can run.
    return (
        x.ndim == 4
        and x.device.type == "cpu"
        and layer.groups == 1
        and not torch.compiler.is_compiling()
    )


def _small(rows: int, weight: Tensor) -> bool:
    return rows <= MOST_ROWS and weight.numel() >= FEWEST_WEIGHTS


def _products(x: Tensor, weight: Tensor) -> Tensor:
    # One product per sample: in any layout of x nothing is copied.
    return torch.bmm(weight.mT.expand(len(x), -1, -1), x.flatten(2))  # (B, N k k, h w)


def _added_up(
    planes: Tensor,
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: tuple[int, ...],
    stride: tuple[int, ...],
) -> Tensor:
    """Add planes (B, N k k, h w) up to (B, N, *size); in fp32, as convolutions in bf16 do."""
    values = planes.float() if planes.dtype == torch.bfloat16 else planes
    return F.fold(values, size, kernel, dilation, padding, stride).to(planes.dtype)


def _pixel_rows(columns: Tensor) -> Tensor:
    # One sample's transpose would be a view, and few strided rows are multiplied at a third of the
    # speed of contiguous ones.
    return columns.mT.flatten(0, 1).contiguous()  # (B, K, L) → (B L, K)
