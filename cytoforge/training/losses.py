"""Adversarial losses."""

import torch
import torch.nn.functional as F
from torch import Tensor


def adversarial_loss(logits: Tensor, real: bool, mode: str) -> Tensor:
    """Return how far the discriminator's logits are from calling everything real (or fake).

    `vanilla` is binary cross-entropy (Goodfellow et al. 2014), `lsgan` the mean squared distance
    to 1 or 0 (Mao et al. 2017). Always in float32: bf16 has 8 bits and would round small losses.
    """
    logits = logits.float()
    target = torch.full_like(logits, float(real))
    if mode == "lsgan":
        return F.mse_loss(logits, target)
    return F.binary_cross_entropy_with_logits(logits, target)
