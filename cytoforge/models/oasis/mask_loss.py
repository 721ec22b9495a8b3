"""How far the image's foreground lies outside the cells of the label map, with a gradient."""

from collections.abc import Sequence

import torch
from torch import Tensor


def mask_loss(
    image: Tensor,
    labels: Tensor,
    threshold: float,
    softness: float,
    background_codes: Sequence[int] = (0,),
) -> Tensor:
    """Return 1 − Dice of the image's soft foreground and the label map's, a mean over images.

    A pixel is foreground by sigmoid((x − threshold) / softness), x its brightest channel; in the
    label map, where the code is none of the background's. Each image by itself, and nothing but
    differentiable steps: thresholds and morphology of the original's masks, on whole batches, let
    no gradient through.

    Parameters
    ----------
    image : (B, C, H, W) in [-1, 1]
    labels : uint8 (B, H, W)
    threshold, softness : in [0, 1] units of the image
    """
    brightest = image.float().amax(dim=1) * 0.5 + 0.5  # (B, H, W) in [0, 1]
    foreground = torch.sigmoid((brightest - threshold) / softness)
    cells = torch.ones_like(foreground)  # (B, H, W)
    for code in background_codes:
        cells = cells * (labels != code)
    both = (foreground * cells).sum((1, 2))  # (B,)
    sums = foreground.sum((1, 2)) + cells.sum((1, 2))
    # 1 pixel on both sides: a tile without cells and without light is right, not 0 / 0.
    return (1 - (2 * both + 1) / (sums + 1)).mean()
