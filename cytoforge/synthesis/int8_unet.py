"""A trained U-Net in 8-bit integers, for CPUs that multiply them (AVX512-VNNI).

Weights are signed bytes with a step for each output channel, maps unsigned bytes with a step for
each channel: a ReLU in between does not mind, so a channel's step moves into the weights on either
side (Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction",
arXiv:1906.04721). Steps are set once, from the largest values that the float network has on given
tiles; sums of integers are exact, so what a tile becomes depends neither on its batch nor on its
neighbours. The last layer stays in floating point: its rounding would be seen.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cytoforge.compute.devices import has_int8
from cytoforge.networks.layers import BatchNorm
from cytoforge.networks.unet import UNet

Layer = nn.Conv2d | nn.ConvTranspose2d

# The byte that stands for 0 before a leaky ReLU. Negative values are worth a fifth: 76 steps for
# them and 179 for the rest. 76 is also the most that `_leaky` can do its sums with in 8 bits.
ZERO = 76
# Real label maps call up values that made-up tiles do not, in a few channels five times as large.
# A step is this many times what the channel needs on the tiles, or twice the layer's mean: on three
# trained U-Nets a difference in 10 000 was up to 0.16, now 0.04, and the mean rose by 0.001.
WIDER = 2
INPUT_STEP, INPUT_ZERO = 1 / 127, 128  # inputs are in [-1, 1]; 0 and 1 are exact


def why_not_int8(network: nn.Module, device: torch.device) -> str:
    """Return what keeps a network, its norms folded, from being run in integers; empty: nothing."""
    if not has_int8(device):
        return "no AVX512-VNNI"
    if not isinstance(network, UNet):
        return "not a U-Net"
    if any(isinstance(layer, BatchNorm | nn.InstanceNorm2d) for layer in network.modules()):
        return "norms have statistics of each tile"
    if not _transposed(network.decoder):
        return "not the original's upsampling"
    return "" if network.detail is None else "a layer at full size"


class Int8UNet(nn.Module):
    """The given U-Net, whose norms are folded, in integers; takes and returns fp32.

    Parameters
    ----------
    network : one that `why_not_int8` finds nothing against; is used up: its weights are changed
    tiles : float32 (B, K, H, W) in [-1, 1] that set the steps
    dtype : arithmetic of the layers that stay in floating point
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, tiles: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, UNet)
        self.dtype = dtype
        encoder = [layer for layer in network.encoder.modules() if isinstance(layer, nn.Conv2d)]
        decoder, (last,) = _transposed(network.decoder), _transposed(network.output)
        downs, ups = _steps(network, encoder, decoder, tiles, dtype == torch.bfloat16)

        before = torch.full((tiles.shape[1],), INPUT_STEP)
        for layer, step in zip(encoder, downs, strict=True):
            _rescale(layer, before, step)
            before = step
        for up, step, skip in zip(decoder, ups, reversed(downs[:-1]), strict=True):
            _rescale(up, before, step)
            before = torch.cat([skip, step])
        _rescale(last, before, torch.ones(last.out_channels))

        zeros = [INPUT_ZERO] + [ZERO] * (len(encoder) - 1)
        self.encoder = nn.ModuleList(map(_down, encoder, zeros, [*zeros[1:], 0]))
        self.decoder = nn.ModuleList(map(_up, decoder))
        self.last = last.to(dtype)

    def forward(self, x: Tensor) -> Tensor:  # (B, K, H, W) in [-1, 1]
        # Half a step more, because the conversion cuts off.
        x = (x / INPUT_STEP + (INPUT_ZERO + 0.5)).to(torch.uint8)
        x = x.contiguous(memory_format=torch.channels_last)
        *encoder, innermost = self.encoder
        levels = []  # of each (B, 2 N, h, w): what skips, and room for what comes from below
        for layer in encoder:
            x = layer(x)  # (B, N, h, w)
            shape = (len(x), 2 * x.shape[1], *x.shape[2:])
            level = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
            x = _leaky(x, level[:, : x.shape[1]])
            levels.append(level)
        level = innermost(x)  # (B, N, h, w)
        for layer in self.decoder:
            phases = layer(level).chunk(4, dim=1)  # (B, N, h + 1, w + 1) each
            level, (height, width) = levels.pop(), level.shape[2:]
            for k, phase in enumerate(phases):
                odd_row, odd_col = divmod(k, 2)
                rows, cols = slice(odd_row, odd_row + height), slice(odd_col, odd_col + width)
                level[:, phase.shape[1] :, odd_row::2, odd_col::2] = phase[:, :, rows, cols]
        return torch.tanh(self.last(level.to(self.dtype)).float())  # (B, C, H, W)


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


def _transposed(part: nn.Module) -> list[nn.ConvTranspose2d]:
    return [layer for layer in part.modules() if isinstance(layer, nn.ConvTranspose2d)]


def _down(layer: nn.Conv2d, zero: int, out_zero: int) -> Int8Conv2d:
    weight, step = _bytes(layer.weight, (1, 2, 3))
    return Int8Conv2d(weight, step, layer.bias, 2, zero, out_zero)


def _up(layer: nn.ConvTranspose2d) -> Int8Conv2d:
    """Return the four phases of a transposed 4×4 convolution of stride 2 as one convolution.

    Of N channels each, with 2×2 kernels and a padding of 1: even rows of the output see the pixels
    above and at their place through kernel rows 3 and 1, odd rows those at and below it through 2
    and 0; so do columns. Bytes end at 0, which is the ReLU of the next layer.
    """
    weight, step = _bytes(layer.weight, (0, 2, 3))  # (C, N, 4, 4)
    rows_first = weight.flip(2, 3).unflatten(3, (2, 2)).unflatten(2, (2, 2))
    kernels = rows_first.permute(3, 5, 1, 0, 2, 4).flatten(0, 2)  # (4 N, C, 2, 2)
    bias = None if layer.bias is None else layer.bias.repeat(4)
    return Int8Conv2d(kernels, step.repeat(4), bias, 1, 0, 0)


def _bytes(weight: Tensor, over: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return weights, used up, as int8, and each output channel's step; `over`: all other axes."""
    largest = torch.linalg.vector_norm(weight, torch.inf, over, keepdim=True)
    step = (largest / 127).clamp_min(1e-12)
    return weight.div_(step).round_().to(torch.int8), step.flatten()


def _leaky(x: Tensor, positive: Tensor) -> Tensor:
    """Return the leaky ReLU of bytes that count from ZERO; its ReLU, from 0, goes to `positive`."""
    above = x.clamp(min=ZERO)
    torch.sub(above, ZERO, out=positive)
    below = above - x  # 0 to ZERO
    # 13/64, for 0.2: three sixteenths and a quarter of one, rounded; at most 255 on the way.
    less = (below >> 2).add_(below, alpha=3).add_(8).bitwise_right_shift_(4)
    return above.sub_(less)


def _rescale(layer: Layer, before: Tensor, after: Tensor) -> None:
    """Change the weights, in place, to inputs in steps `before` and outputs in steps `after`."""
    if isinstance(layer, nn.ConvTranspose2d):
        factors = before[:, None] / after
    else:
        factors = before / after[:, None]
    layer.weight.mul_(factors[:, :, None, None])
    if layer.bias is not None:
        layer.bias.div_(after)


def _steps(
    network: UNet, encoder: Sequence[Layer], decoder: Sequence[Layer], tiles: Tensor, bf16: bool
) -> tuple[list[Tensor], list[Tensor]]:
    """Return the step of each channel after each layer, such that values fit like on `tiles`."""
    low: dict[nn.Module, Tensor] = {}
    high: dict[nn.Module, Tensor] = {}

    def note(layer: nn.Module, _: object, made: Tensor) -> None:
        low[layer], high[layer] = made.float().amin((0, 2, 3)), made.float().amax((0, 2, 3))

    hooks = [layer.register_forward_hook(note) for layer in (*encoder, *decoder)]
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        network(tiles)
    for hook in hooks:
        hook.remove()
    *skips, innermost = encoder
    downs = [torch.maximum(high[e] / (255 - ZERO), -low[e] / ZERO) for e in skips]
    ups = [high[layer] / 255 for layer in (innermost, *decoder)]  # a ReLU follows
    return [*map(_wider, downs), _wider(ups[0])], list(map(_wider, ups[1:]))


def _wider(step: Tensor) -> Tensor:
    return (WIDER * step.clamp_min(2 * step.mean())).clamp_min(1e-12)
