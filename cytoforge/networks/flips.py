"""The mean of what a network says of an image, its mirror images and their transposes (test-time
augmentation; nnU-Net's mirroring, Isensee et al. 2021, 10.1038/s41592-020-01008-z)."""

from collections.abc import Callable

import torch
from torch import Tensor

ALONG_X, ALONG_Y, TRANSPOSED = 1, 2, 4
"""Bits of a flip's number: 0 is the image itself, 1 to 3 its mirror images, 4 to 7 those of its
transpose."""


def mean_over_flips(
    network: Callable[[Tensor], Tensor], image: Tensor, count: int, arrows: int | None = None
) -> Tensor:
    """Return the mean of a network's maps over the first `count` flips, each turned back.

    Parameters
    ----------
    network : from (B, C, H, W) to maps (B, K, h, w); sides of transposes are exchanged
    image : (B, C, H, W)
    count : 1: the image alone, 4: its mirror images too, 8: those of its transpose too
    arrows : the first of two maps that are the x and the y of arrows: they turn with the image
    """
    total = network(image)  # (B, K, h, w)
    for number in range(1, count):
        total = total + turned_back(network(turned(image, number)), number, arrows)
    return total / count


def turned(x: Tensor, number: int) -> Tensor:
    """Return a flip of images (B, C, H, W), transposed first: (B, C, W, H) from number 4 on."""
    return _mirrored(x.transpose(2, 3) if number & TRANSPOSED else x, number)


def turned_back(maps: Tensor, number: int, arrows: int | None = None) -> Tensor:
    """Return maps (B, K, h, w) of a flip as those of the image itself.

    >>> maps = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # arrows in two pixels, (1, 2, 1, 2)
    >>> turned_back(maps, ALONG_X, arrows=0).tolist()
    [[[[-2.0, -1.0]], [[4.0, 3.0]]]]
    """
    back = _mirrored(maps, number)
    if number & TRANSPOSED:
        back = back.transpose(2, 3)
    if arrows is None:
        return back
    before, x, y, after = back.tensor_split([arrows, arrows + 1, arrows + 2], 1)
    x, y = -x if number & ALONG_X else x, -y if number & ALONG_Y else y
    return torch.cat([before, *((y, x) if number & TRANSPOSED else (x, y)), after], 1)


def _mirrored(x: Tensor, number: int) -> Tensor:
    axes = [axis for axis, bit in ((3, ALONG_X), (2, ALONG_Y)) if number & bit]
    return x.flip(axes) if axes else x
