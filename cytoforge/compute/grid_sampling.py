"""Maps seen in other places, with gradients that are the same every time."""

import torch
import torch.nn.functional as F
from torch import Tensor


def sampled(x: Tensor, places: Tensor) -> Tensor:
    """Return the bilinear values of maps (B, C, H, W) at places, reflected at the border.

    On GPUs torch's own gradient is a scattered sum in any order, which a training that is to be
    repeated may not use; there four gathers take its place, whose gradients are sorted first.

    places : (B, h, w, 2), (across, down) in units of half a side from the middle
    """
    if not x.is_cuda:
        return F.grid_sample(x, places, padding_mode="reflection", align_corners=False)
    return sampled_by_gathers(x, places)


def sampled_by_gathers(x: Tensor, places: Tensor) -> Tensor:
    """Return what `sampled` does, by four pixels around each place."""
    height, width = x.shape[-2:]
    across, left, right = _between(places[..., 0], width)
    down, top, bottom = _between(places[..., 1], height)
    tiles = torch.arange(len(x), device=x.device)[:, None, None]

    def pixels(rows: Tensor, cols: Tensor) -> Tensor:
        return x[tiles, :, rows, cols]  # (B, h, w, C)

    upper = torch.lerp(pixels(top, left), pixels(top, right), across[..., None])
    lower = torch.lerp(pixels(bottom, left), pixels(bottom, right), across[..., None])
    return torch.lerp(upper, lower, down[..., None]).permute(0, 3, 1, 2)


def _between(place: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the fraction from one line to the next, and the two lines."""
    line = ((place + 1) * size - 1) / 2
    # Reflected at the outer edges of the first and the last pixel, as often as need be.
    line = (line + 0.5).remainder(2 * size)
    line = (torch.minimum(line, 2 * size - line) - 0.5).clamp(0, size - 1)
    first = line.floor()
    second = (first + 1).clamp(max=size - 1)
    return line - first, first.long(), second.long()
