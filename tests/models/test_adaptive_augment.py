"""Augmentation that adapts: geometry alone, exact where it can be, nothing at p = 0."""

import math

import pytest
import torch

from cytoforge.compute.grid_sampling import sampled, sampled_by_gathers
from cytoforge.models.adaptive_augment import WIDTH, AdaptiveAugment, drawn, transforms

CPU = torch.device("cpu")
MAPS = torch.arange(2 * 3 * 8 * 8.0).view(2, 3, 8, 8)


def augment(p: float) -> AdaptiveAugment:
    found = AdaptiveAugment(0.6, 500, 4, CPU)
    found.p.fill_(p)
    return found


def test_nothing_is_done_while_p_is_0():
    torch.testing.assert_close(augment(0)(MAPS, drawn(2)), MAPS, atol=1e-4, rtol=0)


def only(**columns: float) -> torch.Tensor:
    """Draws of which only what is named happens: `chance` its column, amounts by theirs."""
    draws = torch.full((2, WIDTH), 0.0)
    draws[:, :8] = 2.0  # above any p
    draws[:, int(columns["chance"])] = 0.0
    for name, value in columns.items():
        if name.startswith("at"):
            draws[:, int(name[2:])] = value
    return draws


def test_mirroring_and_quarters_move_whole_pixels():
    mirrored = augment(1)(MAPS, only(chance=0, at8=0.7))
    torch.testing.assert_close(mirrored, MAPS.flip(3), atol=1e-4, rtol=0)
    turned = augment(1)(MAPS, only(chance=1, at9=0.3))  # the first quarter
    assert any(torch.allclose(turned, MAPS.rot90(k, (2, 3)), atol=1e-4) for k in (1, 3))


def test_whole_shifts_are_whole():
    # 0.9 of the way from −1/8 to 1/8 of 8 px: rounded to one pixel.
    shifted = augment(1)(MAPS, only(chance=2, at10=0.95, at11=0.5))
    torch.testing.assert_close(shifted[..., :-1], MAPS[..., 1:], atol=1e-4, rtol=0)


def test_scales_are_powers_of_two_to_a_normal_number():
    plane = transforms(only(chance=3, at14=1.0), torch.tensor(1.0), 8)
    assert float(plane[0, 0, 0]) == pytest.approx(2**-0.2)
    assert torch.linalg.det(plane[:, :2, :2]).tolist() == pytest.approx([2**-0.4] * 2)
    stretched = transforms(only(chance=5, at15=1.0), torch.tensor(1.0), 8)
    assert torch.linalg.det(stretched[:, :2, :2]).tolist() == pytest.approx([1.0] * 2)


def test_one_of_two_turns_happens_with_probability_p():
    draws, p = drawn(4000), torch.tensor(0.4)
    torch.manual_seed(1)
    draws[:, [0, 1, 2, 3, 5, 7]] = 2.0  # nothing but turns
    angles = torch.atan2(*transforms(draws, p, 8)[:, :2, 0].T.flip(0))
    assert float((angles.abs() > 1e-6).float().mean()) == pytest.approx(0.4, abs=0.03)
    assert float(angles.abs().max()) <= math.pi


def test_gathers_sample_as_torch_does_and_have_its_gradient():
    random = torch.Generator().manual_seed(1)
    places = torch.rand(2, 5, 5, 2, generator=random) * 6 - 3  # also far beyond the border
    found = []
    for way in (sampled, sampled_by_gathers):
        x = torch.randn(2, 3, 6, 8, generator=torch.Generator().manual_seed(2)).requires_grad_()
        made = way(x, places)
        made.square().sum().backward()
        found.append((made.detach(), x.grad))
    torch.testing.assert_close(found[0], found[1], atol=1e-4, rtol=1e-4)
