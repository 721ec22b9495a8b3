"""Convolutions and leaky ReLUs of 8-bit integers, for CPUs that multiply them (AVX512-VNNI).

Weights are signed bytes with a step for each output channel, maps unsigned bytes that count from a
zero of their own. Sums of integers are exact.
"""

import torch
from torch import Tensor, nn

Layer = nn.Conv2d | nn.ConvTranspose2d

# The byte that stands for 0 before a leaky ReLU. Negative values are worth a fifth: 76 steps for
# them and 179 for the rest. 76 is also the most that `_leaky` can do its sums with in 8 bits.
ZERO = 76


class Int8Conv2d(nn.Module):
    """A convolution of bytes: inputs count from `zero`, outputs from `out_zero`, 1 is a step."""

    def __init__(
        self,
        weight: Tensor,  # int8 (N, C, k, k)
        step: Tensor,  # (N,), of the weights
        bias: Tensor | None,  # (N,), in steps of the output
        stride: int,
        zero: int,
        out_zero: int,
    ) -> None:
        super().__init__()
        self.step, self.bias, self.zero, self.out_zero = step, bias, zero, out_zero
        self.shape = ([stride] * 2, [1, 1], [1, 1], 1)  # stride, padding, dilation, groups
        self.weight = torch.ops.onednn.qconv_prepack(weight, step, 1.0, zero, *self.shape)
        self.weight_zeros = torch.zeros(len(step), dtype=torch.int64)

    def forward(self, x: Tensor) -> Tensor:  # uint8 (B, C, h, w)
        weight = (self.weight, self.step, self.weight_zeros, self.bias)
        to_bytes = (1.0, self.out_zero, torch.uint8)
        return torch.ops.onednn.qconv_pointwise(
            x, 1.0, self.zero, *weight, *self.shape, *to_bytes, "none", [], ""
        )


def halving_conv(layer: nn.Conv2d, zero: int, out_zero: int) -> Int8Conv2d:
    """Return a convolution of stride 2 in bytes; its weights are used up."""
    weight, step = to_bytes(layer.weight, (1, 2, 3))
    return Int8Conv2d(weight, step, layer.bias, 2, zero, out_zero)


def phases_conv(layer: nn.ConvTranspose2d) -> Int8Conv2d:
    """Return the four phases of a transposed 4×4 convolution of stride 2 as one convolution.

    Of N channels each, with 2×2 kernels and a padding of 1: even rows of the output see the pixels
    above and at their place through kernel rows 3 and 1, odd rows those at and below it through 2
    and 0; so do columns. Bytes end at 0, which is the ReLU of the next layer.
    """
    weight, step = to_bytes(layer.weight, (0, 2, 3))  # (C, N, 4, 4)
    rows_first = weight.flip(2, 3).unflatten(3, (2, 2)).unflatten(2, (2, 2))
    kernels = rows_first.permute(3, 5, 1, 0, 2, 4).flatten(0, 2)  # (4 N, C, 2, 2)
    bias = None if layer.bias is None else layer.bias.repeat(4)
    return Int8Conv2d(kernels, step.repeat(4), bias, 1, 0, 0)


def to_bytes(weight: Tensor, over: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return weights, used up, as int8, and each output channel's step; `over`: all other axes."""
    largest = torch.linalg.vector_norm(weight, torch.inf, over, keepdim=True)
    step = (largest / 127).clamp_min(1e-12)
    return weight.div_(step).round_().to(torch.int8), step.flatten()


def leaky_relu_bytes(x: Tensor, positive: Tensor) -> Tensor:
    """Return the leaky ReLU of bytes that count from ZERO; its ReLU, from 0, goes to `positive`."""
    above = x.clamp(min=ZERO)
    torch.sub(above, ZERO, out=positive)
    below = above - x  # 0 to ZERO
    # 13/64, for 0.2: three sixteenths and a quarter of one, rounded; at most 255 on the way.
    less = (below >> 2).add_(below, alpha=3).add_(8).bitwise_right_shift_(4)
    return above.sub_(less)


def rescale(layer: Layer, before: Tensor, after: Tensor) -> None:
    """Change the weights, in place, to inputs in steps `before` and outputs in steps `after`."""
    if isinstance(layer, nn.ConvTranspose2d):
        factors = before[:, None] / after
    else:
        factors = before / after[:, None]
    layer.weight.mul_(factors[:, :, None, None])
    if layer.bias is not None:
        layer.bias.div_(after)
