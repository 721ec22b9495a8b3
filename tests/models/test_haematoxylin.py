"""Haematoxylin before and after, beside the densities that scores use, and stains by hand."""

import numpy as np
import pytest
import torch

from cytoforge.models.haematoxylin import haematoxylin_moved, haematoxylin_of
from cytoforge.segmentation.stain_density import density_of
from tests.metrics.translation.fields import disks, stained


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).movedim(-1, 0)[None].float() / 127.5 - 1


def test_densities_are_those_of_the_scores():
    rgb = stained(disks(), 0.25, brown=2)
    natural = density_of(rgb, "haematoxylin") * np.log(10)
    np.testing.assert_allclose(haematoxylin_of(tensor(rgb))[0], natural, atol=1e-4)


def test_brown_that_becomes_violet_is_told_from_brown_that_becomes_pink():
    nuclei = disks()
    source = tensor(stained(np.where(nuclei > 2, nuclei, 0), 0))  # haematoxylin in two of four
    kept = tensor(stained(np.where(nuclei > 2, nuclei, 0), 0.25, seed=1))
    invented = tensor(stained(nuclei, 0.25, seed=1))
    assert float(haematoxylin_moved(source, kept)) < 0.1
    assert float(haematoxylin_moved(source, invented)) > 0.2


def test_a_paler_staining_is_the_same():
    random = torch.Generator().manual_seed(0)
    source = torch.rand(2, 3, 16, 16, generator=random) * 1.8 - 0.8  # nowhere black
    paler = ((source * 0.5 + 0.5) ** 0.5) * 2 - 1  # half of every density
    assert float(haematoxylin_moved(source, paler)) == pytest.approx(0, abs=1e-4)


def test_an_even_field_has_a_gradient():
    made = torch.zeros(1, 3, 8, 8, requires_grad=True)
    haematoxylin_moved(torch.zeros(1, 3, 8, 8), made).backward()
    assert torch.isfinite(made.grad).all()
