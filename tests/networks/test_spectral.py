import copy
import pickle

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from cytoforge.networks.spectral import (
    SpectralConv2d,
    convolution,
    fold_spectral_norm,
    follow_singular_values,
)


def layer(seed: int = 0) -> SpectralConv2d:
    torch.manual_seed(seed)
    return SpectralConv2d(3, 5, 3, padding=1)


def followed(layer: SpectralConv2d, times: int = 300) -> SpectralConv2d:
    for _ in range(times):
        layer.follow()
    return layer


def test_the_largest_singular_value_becomes_one():
    weight = followed(layer()).normalised_weight().flatten(1)
    torch.testing.assert_close(torch.linalg.matrix_norm(weight, 2), torch.tensor(1.0))


def test_equals_torchs_own_with_gradient():
    ours = followed(layer())
    plain = nn.Conv2d(3, 5, 3, padding=1)
    plain.load_state_dict({"weight": ours.weight, "bias": ours.bias})
    theirs = spectral_norm(plain, n_power_iterations=300)
    x = torch.randn(2, 3, 8, 8)
    expected = theirs(x)
    torch.testing.assert_close(ours(x), expected)
    ours(x).square().sum().backward()
    expected.square().sum().backward()
    original = theirs.parametrizations.weight.original
    torch.testing.assert_close(ours.weight.grad, original.grad, atol=1e-4, rtol=1e-4)


def test_following_is_a_power_iteration():
    network = nn.Sequential(layer(), layer(1))
    conv = network[1]
    matrix, u = conv.weight.detach().flatten(1), conv.u.clone()
    for _ in range(2):
        v = matrix.T @ u / (matrix.T @ u).norm()
        u = matrix @ v / (matrix @ v).norm()
        follow_singular_values(network)
    torch.testing.assert_close(conv.u, u)


def test_a_pass_changes_nothing():
    conv = layer()
    before = conv.u.clone()
    x = torch.randn(1, 3, 4, 4)
    assert torch.equal(conv(x), conv(x))
    assert torch.equal(conv.u, before)


def test_an_averaged_vector_is_as_good_whatever_its_length():
    conv = followed(layer())
    expected = conv.normalised_weight()
    conv.u *= 0.3  # what averaging unit vectors of changing direction does
    torch.testing.assert_close(conv.normalised_weight(), expected)


def test_bf16_arithmetic_leaves_the_singular_value_exact():
    conv = followed(layer())
    expected = conv.normalised_weight()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(conv.normalised_weight(), expected)


def test_it_copies_pickles_and_saves_like_any_layer():
    conv = layer()
    assert list(conv.state_dict()) == ["weight", "bias", "u"]
    assert [name for name, _ in conv.named_parameters()] == ["weight", "bias"]
    for copied in (copy.deepcopy(conv), pickle.loads(pickle.dumps(conv))):
        assert torch.equal(copied.normalised_weight(), layer().normalised_weight())


def test_building_draws_nothing_but_the_weights_of_a_plain_convolution():
    torch.manual_seed(1)
    SpectralConv2d(3, 5, 3)
    after_ours = torch.rand(1)
    torch.manual_seed(1)
    nn.Conv2d(3, 5, 3)
    assert torch.equal(after_ours, torch.rand(1))


def test_folding_leaves_plain_convolutions_and_the_same_output():
    network = nn.Sequential(convolution(3, 4, spectral=True), nn.Sequential(layer(), nn.ReLU()))
    network[1][0] = convolution(4, 2, 1, spectral=True, bias=False)
    x = torch.randn(2, 3, 8, 8)
    expected = network.eval()(x)
    assert fold_spectral_norm(network) is network
    assert not any(isinstance(part, SpectralConv2d) for part in network.modules())
    torch.testing.assert_close(network(x), expected)


def test_exported_network_is_the_eager_one():
    network = fold_spectral_norm(nn.Sequential(layer()).eval())
    x = torch.randn(1, 3, 8, 8)
    exported = torch.export.export(network, (x,)).module()
    torch.testing.assert_close(exported(x), network(x))
