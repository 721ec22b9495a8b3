"""A trained network on a whole field: resized, in tiles, and decoded.

Averaging over mirror images takes four times as long, for 0.004 of F1 (validation fields of
`phase_t98g`).
"""

from collections.abc import Iterator
from math import ceil
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.maps import GROUND, instances_of, without_small
from cytoforge.segmentation.learned.network import InstanceNetwork, split_scores
from cytoforge.segmentation.learned.network_file import TrainedNetwork

TILE_PX, MARGIN_PX = 1024, 64
"""Most of a side that is computed at once, and how much on each side is only seen: the network's
output hardly depends on more. Tiles of 512 px compute 1.7 times a field of 1200 × 1200, these 1.5
times."""


def find_instances(
    pixels: np.ndarray, trained: TrainedNetwork, scale: float | None = None
) -> np.ndarray:
    """Return the instances that a network finds in one field, int32 (Y, X), 1..n.

    Memory grows with the field by 8 bytes per pixel that the network sees; the tiles' own does not.

    Parameters
    ----------
    pixels : (C, Y, X), any number type
    scale : resize by this before the network sees it; None: as in training
    """
    scale = scale or trained.scale
    height, width = pixels.shape[1:]
    seen = torch.from_numpy(seen_by(pixels, trained, scale))
    foreground, distance = predict_maps(seen, trained.network)
    labels = instances_of(foreground, distance, trained.decoding)
    if scale == 1:
        return labels
    # Decoded where it was learned; the field's own pixels take their nearest neighbours.
    return without_small(labels[np.ix_(*nearest_lines(labels.shape, (height, width)))], 1)


def seen_by(pixels: np.ndarray, trained: TrainedNetwork, scale: float) -> np.ndarray:
    """Return what a network sees of a field (C, Y, X) of any number type, float32 (C, y, x)."""
    return INPUTS[trained.kind](resized(torch.from_numpy(pixels.astype(np.float32)), scale).numpy())


class Sized(Protocol):
    """What is known of the size of objects and pixels in training, after resizing by `scale`."""

    @property
    def scale(self) -> float: ...
    @property
    def diameter_px(self) -> float: ...
    @property
    def pixel_size_um(self) -> float | None: ...


def scale_for(trained: Sized, diameter_px: float | None, pixel_size_um: float | None) -> float:
    """Return by how much a field is resized: its objects, or its pixels, get the size of training.

    Within a factor of 4 of what the network was trained with; that itself where nothing is known.
    """
    if diameter_px and trained.diameter_px:
        scale = trained.diameter_px / diameter_px
    elif pixel_size_um and trained.pixel_size_um:
        scale = pixel_size_um / trained.pixel_size_um
    else:
        scale = trained.scale
    return float(np.clip(scale, trained.scale / 4, trained.scale * 4))


def nearest_lines(have: tuple[int, ...], want: tuple[int, ...]) -> list[np.ndarray]:
    """Return which rows and which columns make a plane of another shape by nearest neighbour.

    >>> [lines.tolist() for lines in nearest_lines((4, 2), (2, 4))]
    [[1, 3], [0, 0, 1, 1]]
    """
    return [
        ((np.arange(new) + 0.5) * old / new).astype(int)
        for old, new in zip(have, want, strict=True)
    ]


def resized(pixels: Tensor, scale: float) -> Tensor:
    """Return a field (C, Y, X) resized by `scale`, smoothed first where that is below 1."""
    if scale == 1:
        return pixels
    size = [max(1, round(side * scale)) for side in pixels.shape[1:]]
    return F.interpolate(pixels[None], size, mode="bilinear", antialias=True)[0]


@torch.inference_mode()
def predict_maps(image: Tensor, network: InstanceNetwork) -> tuple[np.ndarray, np.ndarray]:
    """Return foreground probability and distance of a field, float32 (Y, X) each.

    image : what the network sees, float32 (C, Y, X)
    """
    height, width = image.shape[1:]
    network.to(memory_format=torch.channels_last)  # 0.75 of the time on a CPU
    foreground = np.empty((height, width), np.float32)
    distance = np.empty_like(foreground)
    for rows in _spans(height):
        for cols in _spans(width):
            tile = _with_margin(image, rows, cols, network.size_multiple)
            classes, depth = split_scores(network(tile[None]))
            inner = np.s_[MARGIN_PX : MARGIN_PX + rows.stop - rows.start]
            across = np.s_[MARGIN_PX : MARGIN_PX + cols.stop - cols.start]
            foreground[rows, cols] = 1 - classes[0, GROUND, inner, across]
            distance[rows, cols] = depth[0, inner, across]
    return foreground, distance


def _spans(size: int) -> Iterator[slice]:
    """Yield parts of a side, at most `TILE_PX` long and equal but for a pixel."""
    edges = np.linspace(0, size, ceil(size / TILE_PX) + 1).round().astype(int).tolist()
    yield from map(slice, edges[:-1], edges[1:])


def _with_margin(image: Tensor, rows: slice, cols: slice, multiple: int) -> Tensor:
    """Return a tile with `MARGIN_PX` around it, and more below and to the right up to a multiple.

    Beyond the field's edge it is continued by its mirror image, and by the last line of that.
    """
    index = []
    for span, size in ((rows, image.shape[1]), (cols, image.shape[2])):
        length = span.stop - span.start + 2 * MARGIN_PX
        length += -length % multiple
        lines = torch.arange(span.start - MARGIN_PX, span.start - MARGIN_PX + length).abs()
        lines = torch.where(lines < size, lines, 2 * (size - 1) - lines)
        index.append(lines.clamp(0, size - 1))
    return image[:, index[0][:, None], index[1]]
