"""The three piq metrics: identity, direction, undefined cases."""

import pytest
import torch

from cytoforge.metrics.pair_metrics.perceptual_similarity import perceptual_metrics

PERFECT = {"haarpsi": 1, "mdsi": 0, "ms_gmsd": 0}


@pytest.mark.parametrize("name", list(PERFECT))
def test_identical_images_are_perfect(name: str):
    x = torch.rand(2, 2, 64, 64)
    assert torch.allclose(perceptual_metrics(x, x)[name], torch.tensor(float(PERFECT[name])))


@pytest.mark.parametrize("name", list(PERFECT))
def test_more_noise_is_further_from_perfect(name: str):
    x = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    distance = [
        abs(perceptual_metrics(x, (x + sd * noise).clamp(0, 1))[name].item() - PERFECT[name])
        for sd in (0.02, 0.2)
    ]
    assert distance[0] < distance[1]


def test_two_empty_patches_have_no_haarpsi():
    black = torch.zeros(1, 1, 64, 64)
    assert perceptual_metrics(black, black)["haarpsi"].isnan().item()
