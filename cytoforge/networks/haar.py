"""The orthonormal Haar wavelet transform of images, and back."""

import torch
from torch import Tensor


def haar(x: Tensor) -> Tensor:
    """Return the four bands at half the size, band by band: (B, C, H, W) → (B, 4 C, H/2, W/2).

    The bands are sums over 2×2 pixels / 2: all; right minus left; bottom minus top; and one
    diagonal minus the other. A transform's sum of squares is the image's.
    """
    top_left, top_right = x[..., ::2, ::2], x[..., ::2, 1::2]
    bottom_left, bottom_right = x[..., 1::2, ::2], x[..., 1::2, 1::2]
    top, bottom = top_left + top_right, bottom_left + bottom_right
    top_step, bottom_step = top_right - top_left, bottom_right - bottom_left
    bands = (top + bottom, top_step + bottom_step, bottom - top, bottom_step - top_step)
    return torch.cat(bands, dim=1) * 0.5


def inverse_haar(bands: Tensor) -> Tensor:
    """Return the image of which `bands` is the transform: (B, 4 C, H, W) → (B, C, 2 H, 2 W)."""
    mean, right, down, cross = (bands * 0.5).chunk(4, dim=1)  # (B, C, H, W) each
    top, bottom = mean - down, mean + down
    top_step, bottom_step = right - cross, right + cross
    rows = [
        torch.stack([top - top_step, top + top_step], dim=-1),  # (B, C, H, W, 2)
        torch.stack([bottom - bottom_step, bottom + bottom_step], dim=-1),
    ]
    return torch.stack(rows, dim=3).flatten(4, 5).flatten(2, 3)  # (B, C, H, 2, W, 2) flattened
