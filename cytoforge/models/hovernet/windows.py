"""A field of any size through a network that gives less than it sees: in windows that overlap, and
mirrored at the field's edge, as in the public implementation."""

from collections.abc import Callable
from math import ceil

import torch
from torch import Tensor

from cytoforge.networks.hovernet import HALVINGS, HoVerNet

MOST_PX = 512  # of a window that is chosen here, where so large a one gives anything
LEAST_STEP_PX = 64
BATCH = 8


def over_windows(
    seen: Tensor,
    network: HoVerNet,
    compute: Callable[[Tensor], Tensor],
    window_px: int | None,
    layout: torch.memory_format = torch.contiguous_format,
) -> Tensor:
    """Return what `compute` makes of fields, put together: (B, K, H, W).

    Windows lie `border_px` / 2 above and left of what they give, which covers the field from its
    first pixel on.

    Parameters
    ----------
    seen : (B, C, H, W)
    compute : from windows (b, C, s, s) to (b, K, s − border, s − border)
    window_px : side s; None: at most `MOST_PX`, as few and as small as cover the field
    """
    height, width = seen.shape[-2:]
    side = window_px or chosen_side(max(height, width), network)
    step = side - network.border_px
    rows, cols = (range(0, length, step) for length in (height, width))
    places = [(image, row, col) for image in range(len(seen)) for row in rows for col in cols]
    found: Tensor | None = None
    for first in range(0, len(places), BATCH):
        own = places[first : first + BATCH]
        windows = torch.stack([_window(seen[n], row, col, side, network) for n, row, col in own])
        made = compute(windows.contiguous(memory_format=layout))
        if found is None:
            found = made.new_empty(len(seen), made.shape[1], height, width)
        for (image, row, col), part in zip(own, made, strict=True):
            down, right = min(step, height - row), min(step, width - col)
            found[image, :, row : row + down, col : col + right] = part[:, :down, :right]
    assert found is not None, "a field has pixels"
    return found


def chosen_side(length: int, network: HoVerNet) -> int:
    """Return the smallest side of windows of which the fewest cover a length."""
    most = max(MOST_PX, network.border_px + LEAST_STEP_PX)
    count = ceil(length / (most - network.border_px))
    multiple, wider = 1 << HALVINGS, network.stem_loss_px
    least = ceil(length / count) + network.border_px - wider
    return ceil(least / multiple) * multiple + wider


def _window(image: Tensor, row: int, col: int, side: int, network: HoVerNet) -> Tensor:
    """Return the window whose output begins at a row and a column, (C, side, side)."""
    before = network.border_px // 2
    lines = [
        mirrored(torch.arange(start - before, start - before + side), length)
        for start, length in ((row, image.shape[1]), (col, image.shape[2]))
    ]
    return image[:, lines[0][:, None].to(image.device), lines[1].to(image.device)]


def mirrored(lines: Tensor, length: int) -> Tensor:
    """Return lines of a field that stand for those beyond its edge, which is not repeated.

    >>> mirrored(torch.arange(-2, 5), 3).tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    if length == 1:
        return torch.zeros_like(lines)
    lines = lines.remainder(2 * (length - 1))
    return torch.where(lines < length, lines, 2 * (length - 1) - lines)
