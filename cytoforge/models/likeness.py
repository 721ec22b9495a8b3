"""How much of the structure of an image is in what was made of it."""

from collections.abc import Callable, Mapping

import torch.nn.functional as F
from torch import Tensor

from cytoforge.models.haematoxylin import haematoxylin_moved


def edge_correlation(made: Tensor, source: Tensor) -> float:
    """Return the mean over pairs of images of the correlation of their edges' strengths.

    Edges are slopes of the mean over channels at 2 px: where there is a nucleus, in whichever
    colour, and brighter or darker than its surroundings. 0 for an image without edges.

    made, source : float32 (N, C, H, W)
    """
    ours, theirs = (_edges(images) for images in (made, source))
    norms = (ours.norm(dim=1) * theirs.norm(dim=1)).clamp(min=1e-12)
    return float(((ours * theirs).sum(1) / norms).mean())


def _edges(images: Tensor) -> Tensor:
    grey = F.avg_pool2d(images.float().mean(1, keepdim=True), 2)
    down, right = grey[..., 1:, :-1] - grey[..., :-1, :-1], grey[..., :-1, 1:] - grey[..., :-1, :-1]
    strength = (down.square() + right.square()).sqrt().flatten(1)  # (N, pixels)
    return strength - strength.mean(1, keepdim=True)


def haematoxylin_correlation(made: Tensor, source: Tensor) -> float:
    """Return the mean over pairs of images of the correlation of haematoxylin's optical density.

    made, source : red, green and blue, float32 (N, 3, H, W) in [0, 1]
    """
    return 1 - float(haematoxylin_moved(source * 2 - 1, made * 2 - 1))


LIKENESSES: Mapping[str, Callable[[Tensor, Tensor], float]] = {
    "edges": edge_correlation,
    "haematoxylin": haematoxylin_correlation,
}
"""By `structure` of the config."""
