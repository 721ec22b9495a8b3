"""PatchNCE: what was made of a patch is to be recognised among the image's other patches."""

import torch
import torch.nn.functional as F
from torch import Tensor


def patch_nce(made: Tensor, source: Tensor, temperature: float) -> Tensor:
    """Return the cross-entropy of finding each patch's own source among those of its image.

    Park et al. 2020, arXiv:2007.15651, section 3.2; the source gets no gradients, as in its
    authors' code.

    made, source : vectors of length 1, float32 (B, P, F), of the same places in the same order
    """
    likeness = made @ source.detach().mT / temperature  # (B, P, P)
    own = torch.arange(made.shape[1], device=made.device).expand(len(made), -1)  # (B, P)
    return F.cross_entropy(likeness.flatten(0, 1), own.flatten())
