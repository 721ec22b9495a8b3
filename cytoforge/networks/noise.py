"""Noise by seed: the same vector on every device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from cytoforge.seeds import derive_seed


def noise_vectors(seeds: Sequence[int], channels: int) -> Tensor:
    """Return one vector of N(0, 1) a seed, float32 (B, channels), drawn on the CPU."""
    return torch.stack([_vector(seed, channels) for seed in seeds])


def _vector(seed: int, channels: int) -> Tensor:
    random = torch.Generator().manual_seed(derive_seed(seed, "noise"))
    return torch.randn(channels, generator=random)
