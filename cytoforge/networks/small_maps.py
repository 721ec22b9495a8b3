"""Convolutions that are a matrix product on a CPU where the map is small and the weights are many.

The deep half of a U-Net holds most of its weights and works on maps of 1 to 8 px. There the time
goes into moving weights, and oneDNN moves them once more than needed: it brings them into its own
layout and the gradients back, every step. Unfolding the map instead costs nothing at that size,
and leaves the weights as they lie (Chellapilla et al. 2006, "High performance convolutional neural
networks for document processing").
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Forward and backward of 512 → 512 channels, 4×4, on one core: 15 ms become 5 (bf16) and 7 (fp32)
# with 4 rows, 22 become 13 and 27 become 24 with 64, 34 become 24 and 47 become 45 with 128; with
# 256 nothing is gained and with 512 a quarter is lost. Under a million weights both take a
# millisecond or two.
MOST_ROWS = 128  # pixels of all samples that the weights are multiplied with
FEWEST_WEIGHTS = 2**20


class Conv2d(nn.Conv2d):
    """`nn.Conv2d`, as a matrix product where that is faster; equal up to rounding."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.padding_mode != "zeros" or isinstance(self.padding, str):
            return super().forward(x)
        height, width = (
            (size + 2 * self.padding[axis] - self.dilation[axis] * (self.kernel_size[axis] - 1) - 1)
            // self.stride[axis]
            + 1
            for axis, size in enumerate(x.shape[-2:])
        )
        if not pays(x, height * width, self.weight, self.groups):
            return super().forward(x)
        patches = F.unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)
        rows = _pixel_rows(patches)  # (B h w, C k k)
        y = _DenseGradient.apply(F.linear(rows, self.weight.flatten(1), self.bias))  # (B h w, N)
        return y.unflatten(0, (len(x), -1)).mT.reshape(len(x), -1, height, width)  # (B, N, h, w)


class ConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d`, as a matrix product where that is faster; equal up to rounding."""

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:  # (B, C, h, w)
        plain = output_size is None and isinstance(self.padding, tuple)
        if not plain or not pays(x, x.shape[-2] * x.shape[-1], self.weight, self.groups):
            return super().forward(x, output_size)
        size = tuple(
            (length - 1) * self.stride[axis]
            - 2 * int(self.padding[axis])
            + self.dilation[axis] * (self.kernel_size[axis] - 1)
            + self.output_padding[axis]
            + 1
            for axis, length in enumerate(x.shape[-2:])
        )
        rows = _pixel_rows(x.flatten(2))  # (B h w, C)
        patches = _DenseGradient.apply(rows @ self.weight.flatten(1))  # (B h w, N k k)
        y = F.fold(
            patches.unflatten(0, (len(x), -1)).mT,  # (B, N k k, h w)
            size,
            self.kernel_size,
            self.dilation,
            tuple(int(pad) for pad in self.padding),
            self.stride,
        )  # (B, N, H, W)
        return y if self.bias is None else y + self.bias.to(y.dtype)[:, None, None]


def pays(x: Tensor, pixels: int, weight: Tensor, groups: int) -> bool:
    """Is a matrix product with `pixels` rows a sample the faster way?

    Never in a compiled or exported graph: there weights are brought into oneDNN's layout once.
    """
    return (
        x.ndim == 4
        and x.device.type == "cpu"
        and len(x) * pixels <= MOST_ROWS
        and weight.numel() >= FEWEST_WEIGHTS
        and groups == 1
        and not torch.compiler.is_compiling()
    )


def _pixel_rows(columns: Tensor) -> Tensor:
    # One sample's transpose would be a view, and MKL multiplies few strided rows at a third of
    # the speed of contiguous ones.
    return columns.mT.flatten(0, 1).contiguous()  # (B, K, L) → (B L, K)


class _DenseGradient(torch.autograd.Function):
    """The identity, whose gradient arrives contiguous: for the reason above."""

    @staticmethod
    def forward(ctx: Any, y: Tensor) -> Tensor:
        return y.view_as(y)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.contiguous()
