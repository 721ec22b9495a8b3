"""Weights at the start: Xavier normal with gain 0.02, as SPADE and OASIS."""

import math

import torch
from torch import nn

from cytoforge.networks.spade import Spade

GAIN = 0.02


def init_xavier(network: nn.Module, seed: int, gain: float = GAIN) -> None:
    """Draw every convolution's weight from N(0, gain² · 2 / (fan in + fan out)); biases are 0.

    Drawn on the CPU from `seed` alone, so every device starts from the same network.
    """
    random = torch.Generator().manual_seed(seed)
    fused = {id(layer.gamma_beta) for layer in network.modules() if isinstance(layer, Spade)}
    for layer in network.modules():
        if not isinstance(layer, nn.Conv2d):
            continue
        # γ and β are computed by one convolution but drawn as the two that they stand for.
        outputs = layer.out_channels // (2 if id(layer) in fused else 1)
        fans = (layer.in_channels + outputs) * math.prod(layer.kernel_size)
        nn.init.normal_(layer.weight, 0.0, gain * math.sqrt(2 / fans), generator=random)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
