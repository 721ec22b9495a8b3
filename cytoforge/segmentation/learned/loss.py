"""What a network of instances is trained by: the same loss, whichever network and loop."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cytoforge.segmentation.learned.maps import GROUND
from cytoforge.segmentation.learned.network import split_scores

UNKNOWN = -100
"""In place of a class: nobody has labelled that pixel, and it weighs nothing."""
_RIM_WEIGHT, _DICE_WEIGHT, _DISTANCE_WEIGHT = 2.0, 0.5, 5.0


def instance_loss(scores: Tensor, classes: Tensor, distance: Tensor) -> Tensor:
    """Return the loss of a batch: cross-entropy, Dice of the foreground, squared distance error.

    Sums over known pixels are divided by what they weigh; a batch without any has no loss.

    Parameters
    ----------
    scores : float32 (B, 4, H, W), as a network gives them
    classes : int64 (B, H, W) of `target_maps`, `UNKNOWN` where there is no label
    distance : float32 (B, H, W) of `target_maps`
    """
    known = (classes != UNKNOWN).to(scores.dtype)
    weights = torch.tensor([1.0, 1.0, _RIM_WEIGHT], device=scores.device)
    total = (weights[classes.clamp(min=0)] * known).sum().clamp(min=1)
    entropy = F.cross_entropy(
        scores[:, :3], classes, weights, ignore_index=UNKNOWN, reduction="sum"
    )
    probabilities, depth = split_scores(scores)
    found, wanted = (1 - probabilities[:, GROUND]) * known, (classes > GROUND).float()
    dice = 1 - 2 * (found * wanted).sum() / (found.sum() + wanted.sum() + 1)
    errors = F.mse_loss(depth * known, distance * known) * (
        known.numel() / known.sum().clamp(min=1)
    )
    return entropy / total + _DICE_WEIGHT * dice + _DISTANCE_WEIGHT * errors
