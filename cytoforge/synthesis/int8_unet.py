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
from cytoforge.compute.int8 import (
    ZERO,
    Layer,
    halving_conv,
    leaky_relu_bytes,
    phases_conv,
    rescale,
)
from cytoforge.networks.layers import BatchNorm
from cytoforge.networks.unet import UNet

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
            rescale(layer, before, step)
            before = step
        for up, step, skip in zip(decoder, ups, reversed(downs[:-1]), strict=True):
            rescale(up, before, step)
            before = torch.cat([skip, step])
        rescale(last, before, torch.ones(last.out_channels))

        zeros = [INPUT_ZERO] + [ZERO] * (len(encoder) - 1)
        self.encoder = nn.ModuleList(map(halving_conv, encoder, zeros, [*zeros[1:], 0]))
        self.decoder = nn.ModuleList(map(phases_conv, decoder))
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
            x = leaky_relu_bytes(x, level[:, : x.shape[1]])
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


def _transposed(part: nn.Module) -> list[nn.ConvTranspose2d]:
    return [layer for layer in part.modules() if isinstance(layer, nn.ConvTranspose2d)]


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
