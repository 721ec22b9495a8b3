"""Weights at the start, drawn on the CPU from a seed alone: every device starts from the same."""

import math

import torch
from torch import nn

from cytoforge.networks.layers import JoinedConv2d


def init_weights(network: nn.Module, seed: int, std: float = 0.02) -> None:
    """Draw convolutions from N(0, std), batch-norm gains from N(1, std); biases are 0.

    That is pix2pix's (Isola et al. 2017, arXiv:1611.07004, section 6.2).
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, std, generator=random)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, std, generator=random)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def init_xavier(network: nn.Module, seed: int, gain: float = 0.02) -> None:
    """Draw every convolution's weight from N(0, gain² · 2 / (fan in + fan out)); biases are 0.

    That is SPADE's and OASIS's (Park et al. 2019, arXiv:1903.07291).
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if not isinstance(layer, nn.Conv2d):
            continue
        out_channels = layer.out_channels // (2 if isinstance(layer, JoinedConv2d) else 1)
        fans = (layer.in_channels + out_channels) * math.prod(layer.kernel_size)
        nn.init.normal_(layer.weight, 0.0, gain * math.sqrt(2 / fans), generator=random)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
