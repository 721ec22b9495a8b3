"""The length of a path is that of Jᵀy: over channels a sum, over layers a mean."""

import math

import pytest
import torch

from cytoforge.models.path_length import PathLength

# A picture of (1, 2, 2) px in which every pixel is the same weighted sum of two layers' styles.
WEIGHTS = torch.tensor([[3.0, 4.0], [0.0, 1.0]])  # (layers, channels)


def picture_of(styles: torch.Tensor) -> torch.Tensor:
    """Return pictures (B, 1, 2, 2) of styles (B, layers, channels)."""
    return (styles * WEIGHTS).sum((1, 2)).reshape(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def noise_sum() -> float:
    """Return the sum of the noise that a length with seed 1 is measured by."""
    torch.manual_seed(1)
    return float((torch.randn(1, 1, 2, 2) / math.sqrt(4)).sum())


def test_the_penalty_is_the_squared_length_where_the_average_is_nothing_yet():
    styles = torch.ones(1, 2, 2, requires_grad=True)
    expected = noise_sum() ** 2 * ((9 + 16) + (0 + 1)) / 2
    torch.manual_seed(1)
    penalty = PathLength(0.0, torch.device("cpu"))(picture_of(styles), styles)
    assert penalty.item() == pytest.approx(expected, rel=1e-5)


def test_the_average_follows_by_its_decay():
    styles = torch.ones(1, 2, 2, requires_grad=True)
    length = abs(noise_sum()) * math.sqrt(13)
    torch.manual_seed(1)
    paths = PathLength(0.25, torch.device("cpu"))
    penalty = paths(picture_of(styles), styles)
    assert paths.mean.item() == pytest.approx(0.25 * length, rel=1e-5)
    assert penalty.item() == pytest.approx((0.75 * length) ** 2, rel=1e-5)
