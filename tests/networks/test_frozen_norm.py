"""Statistics of a field in place of those of each tile."""

import pytest
import torch
from torch import nn

from cytoforge.networks.frozen_norm import FieldNorm, freeze_norms, with_field_norms
from cytoforge.networks.resnet import ResNet


@pytest.fixture
def tiles() -> torch.Tensor:
    """A dark and a bright tile, (2, 3, 16, 16)."""
    torch.manual_seed(0)
    return torch.rand(2, 3, 16, 16) * torch.tensor([0.2, 1.0])[:, None, None, None]


@torch.inference_mode()
def test_of_one_batch_it_is_the_norm_of_its_tiles_in_one_piece(tiles):
    network = with_field_norms(nn.Sequential(nn.InstanceNorm2d(3)))
    assert freeze_norms(network, network, [tiles]) == 1
    whole = torch.cat(list(tiles), dim=1)[None]  # the field: one tile above the other
    wanted = nn.functional.instance_norm(whole)[0]
    torch.testing.assert_close(torch.cat(list(network(tiles)), dim=1), wanted)


@torch.inference_mode()
def test_a_field_of_one_tile_is_what_the_network_itself_makes(tiles):
    torch.manual_seed(1)
    network = ResNet(3, 3, n_blocks=2, filters=4, dropout=False)
    frozen = with_field_norms(network)
    freeze_norms(frozen, frozen, [tiles[:1]])
    torch.testing.assert_close(frozen(tiles[:1]), network(tiles[:1]), atol=1e-5, rtol=0)


@torch.inference_mode()
def test_a_tile_is_the_same_whatever_else_is_in_its_batch(tiles):
    torch.manual_seed(1)
    frozen = with_field_norms(ResNet(3, 3, n_blocks=1, filters=4, dropout=False))
    freeze_norms(frozen, frozen, [tiles])
    torch.testing.assert_close(frozen(tiles)[:1], frozen(tiles[:1]))


def test_another_field_begins_anew(tiles):
    network = with_field_norms(nn.Sequential(nn.InstanceNorm2d(3)))
    with torch.inference_mode():
        freeze_norms(network, network, [tiles])
        freeze_norms(network, network, [tiles[1:]])
        assert network(tiles[1:]).mean((0, 2, 3)).abs().max() < 1e-5


def test_the_given_network_stays_as_it_is():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.InstanceNorm2d(3))
    copied = with_field_norms(network)
    assert isinstance(copied[1], FieldNorm)
    assert isinstance(network[1], nn.InstanceNorm2d)


def test_a_norm_with_weights_is_refused():
    with pytest.raises(ValueError, match="0 is an instance norm with weights"):
        with_field_norms(nn.Sequential(nn.InstanceNorm2d(3, affine=True)))
