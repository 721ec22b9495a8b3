"""LabelMix (Schönfeld et al. 2021, arXiv:2012.04781): a real and a fake image mixed by codes."""

import torch
import torch.nn.functional as F
from torch import Tensor


def draw_bits(tiles: int, n_codes: int) -> Tensor:
    """Draw which codes of each tile are taken from the real image, int64 (B, K) of 0 and 1."""
    return torch.randint(0, 2, (tiles, n_codes))


def mask_of(bits: Tensor, labels: Tensor) -> Tensor:
    """Return which pixels are taken from the real image, float32 (B, 1, H, W) of 0 and 1.

    Each pixel looks up its code's bit; changing a label map code by code would change codes
    that look like earlier bits again.
    """
    mask = bits.gather(1, labels.flatten(1).long()).view(labels.shape)  # (B, H, W)
    return mask[:, None].float()


def mix(mask: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """Return `real` where the mask is 1, `fake` where it is 0; images or logits (B, C, H, W)."""
    return torch.where(mask.bool(), real, fake)


def consistency_loss(mask: Tensor, on_mixed: Tensor, on_real: Tensor, on_fake: Tensor) -> Tensor:
    """Return how far the verdict on the mixed image is from the mixed verdicts, a mean square.

    Logits (B, K + 1, H, W); gradients go through all three.
    """
    return F.mse_loss(on_mixed.float(), mix(mask, on_real, on_fake).float())
