"""Weights at the start: N(0, 0.02), as pix2pix."""

import torch
from torch import nn


def init_weights(network: nn.Module, seed: int, spread: float = 0.02) -> None:
    """Draw convolutions from N(0, spread), batch-norm gains from N(1, spread); biases are 0.

    Drawn on the CPU from `seed` alone, so every device starts from the same network.
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, spread, generator=random)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, spread, generator=random)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
