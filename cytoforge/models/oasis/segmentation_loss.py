"""Cross-entropy of OASIS's segmenting discriminator, all codes counting alike."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def _alone(values: Tensor) -> Tensor:
    return values


def code_weights(
    labels: Tensor,
    n_codes: int,
    balanced: bool = True,
    ignore_code: int | None = None,
    sum_over_ranks: Callable[[Tensor], Tensor] = _alone,
) -> Tensor:
    """Return how much a pixel of each code counts, float32 (n_codes,).

    Balanced, that is B·H·W / (codes present · pixels of the code), so that every code present has
    the same sum and the mean over all pixels is 1 (the paper's formula lacks the codes present,
    its code has them). Pixels are those of the whole batch over all processes.

    Parameters
    ----------
    labels : uint8 (B, H, W)
    balanced : False: every pixel counts 1
    ignore_code : counts 0; a true "unknown" only: the background is to be learnt as well
    """
    codes = torch.arange(n_codes, dtype=labels.dtype, device=labels.device)
    own = (labels.flatten()[:, None] == codes).sum(0)  # (K,) int64
    counts = sum_over_ranks(torch.cat([own, own.sum()[None]]))  # the last is B·H·W
    pixels, total = counts[:-1], counts[-1]
    known = codes != ignore_code if ignore_code is not None else torch.ones_like(pixels) > 0
    if not balanced:
        return known.float()
    present = known & (pixels > 0)
    weights = (total / present.sum().clamp(min=1)) / pixels.clamp(min=1)
    return torch.where(present, weights, 0.0)


def segmentation_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted cross-entropy of calling every pixel real and of its code, a mean.

    logits (B, K + 1, H, W): output 0 is "fake", output c + 1 code c; labels uint8 (B, H, W).
    """
    codes = labels.long()
    entropy = F.cross_entropy(logits.float(), codes + 1, reduction="none")  # (B, H, W)
    return (weights[codes] * entropy).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """Return the cross-entropy of calling every pixel fake, a mean; all pixels count alike."""
    return -F.log_softmax(logits.float(), dim=1)[:, 0].mean()
