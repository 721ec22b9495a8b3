"""Feature matching: real and generated images look alike to each layer of the discriminators."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def feature_matching_loss(
    fake: Sequence[Sequence[Tensor]], real: Sequence[Sequence[Tensor]]
) -> Tensor:
    """Return the mean over scales of 4 × the mean over layers of the L1 distance.

    Equation 4 of Wang et al. 2018, arXiv:1711.11585, with the public code's weights: 4 / (strided
    layers + 1) a layer, 1 / scales a scale. (The paper weighs layers equally too, and leaves out
    the 4.) The last layer, the logits, is the adversarial loss's.

    Parameters
    ----------
    fake, real : features of each layer at each scale, as `MultiScaleDiscriminator` returns them;
        gradients flow through `fake` alone
    """
    scales = []
    for made, true in zip(fake, real, strict=True):
        layers = [
            F.l1_loss(a.float(), b.detach().float())  # bf16 would round small differences away
            for a, b in zip(made[:-1], true[:-1], strict=True)
        ]
        scales.append(4 * sum(layers, start=layers[0].new_zeros(())) / len(layers))
    return sum(scales, start=scales[0].new_zeros(())) / len(scales)
