"""Stains are changed in their concentrations, light in its amount."""

import pytest
import torch

from cytoforge.models.stain_change import DENSITIES, changed, draw_changes
from tests.training.small_translators import batch, built

SAME = torch.tensor([[1.0, 1, 1, 0, 0, 0, 1]])


def stained(haematoxylin: float, eosin: float) -> torch.Tensor:
    """A pixel with so much of two stains, (1, 3, 1, 1) in [-1, 1]."""
    density = haematoxylin * torch.tensor(DENSITIES[0]) + eosin * torch.tensor(DENSITIES[1])
    return ((-density).exp() * 2 - 1).view(1, 3, 1, 1)


def test_no_change_leaves_an_image():
    image = stained(0.8, 0.3)
    torch.testing.assert_close(changed(image, SAME), image)


def test_twice_the_haematoxylin_and_eosin_as_before():
    twice = SAME.clone()
    twice[0, 0] = 2
    torch.testing.assert_close(changed(stained(0.4, 0.3), twice), stained(0.8, 0.3))


def test_half_the_light():
    half = SAME.clone()
    half[0, 6] = 0.5
    image = stained(0.4, 0.3)
    torch.testing.assert_close(changed(image, half) + 1, (image + 1) / 2)


def test_changes_lie_within_their_spread():
    torch.manual_seed(0)
    found = draw_changes(500, 0.05, 0.2) - SAME
    assert found[:, :6].abs().max() <= 0.05
    assert 0.15 < found[:, 6].abs().max() <= 0.2


@pytest.mark.parametrize("model", ["cyclegan", "cut"])
def test_rows_of_both_domains_are_changed_alike(model):
    trained = built(model, stain_spread=0.1, light_spread=0.1)
    tiles = batch()
    pairs = type(tiles)({"images_a": tiles["images_a"], "images_b": tiles["images_a"]})
    torch.manual_seed(0)
    drawn = trained.draw(pairs)
    assert torch.equal(drawn["images_a"], drawn["images_b"])
    assert not torch.allclose(drawn["images_a"], tiles["images_a"], atol=1e-3)


def test_nothing_is_drawn_where_nothing_is_asked_for():
    trained, tiles = built("cyclegan"), batch()
    before = torch.get_rng_state()
    assert torch.equal(trained.draw(tiles)["images_a"], tiles["images_a"])
    assert torch.equal(torch.get_rng_state(), before)
