"""R1: a discriminator is to be flat at real images (Mescheder et al. 2018, arXiv:1801.04406)."""

import torch
from torch import Tensor, nn


def r1_penalty(discriminator: nn.Module, real: Tensor, gamma: float) -> Tensor:
    """Return γ/2 · the mean over images of ‖∇D‖², always in float32: a squared gradient needs it.

    real (B, C, H, W) → D: one logit per image.
    """
    with torch.autocast(real.device.type, enabled=False):
        real = real.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
        return gamma / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
