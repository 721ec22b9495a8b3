"""The networks of StyleGAN2: published sizes, and layers against their definitions."""

import pytest
import torch
import torch.nn.functional as F

from cytoforge.networks.equalised import Doubled, init_equalised
from cytoforge.networks.modulation import ModulatedConv2d
from cytoforge.networks.style_mapping import StyleMapping, mixed_styles
from cytoforge.networks.stylegan2 import ResidualDiscriminator, StyleGan2


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


@pytest.mark.parametrize(
    ("side", "channels", "generator", "discriminator"),
    [
        (256, 1, 30_028_436, 28_863_873),
        (256, 3, 30_034_338, 28_864_129),
        (512, 1, 30_270_551, 28_982_721),
        (1024, 1, 30_363_962, 29_012_449),
        (1024, 3, 30_370_060, 29_012_513),
    ],
)
def test_parameter_counts(side, channels, generator, discriminator):
    with torch.device("meta"):
        assert parameters(StyleGan2(channels, side)) == generator
        assert parameters(ResidualDiscriminator(channels, side)) == discriminator


def test_parameter_counts_of_half_the_channels_and_two_layers_before_the_style():
    with torch.device("meta"):
        assert parameters(StyleGan2(1, 256, mapping_layers=2, channel_base=16384)) == 23_186_516
        assert parameters(ResidualDiscriminator(1, 256, 16384)) == 24_000_961


@pytest.mark.parametrize(("side", "styles"), [(128, 12), (256, 14), (512, 16), (1024, 18)])
def test_every_layer_has_a_style(side, styles):
    with torch.device("meta"):
        assert StyleGan2(1, side).n_styles == styles


def small() -> StyleGan2:
    network = StyleGan2(3, 16, style_channels=8, mapping_layers=2, channel_base=64, channel_max=8)
    init_equalised(network, 1)
    return network


def test_a_picture_has_its_size_and_follows_style_and_noise():
    network, random = small(), torch.Generator().manual_seed(1)
    styles = torch.randn(2, network.n_styles, 8, generator=random)
    noise = torch.randn(2, network.noise_numbers, generator=random)
    picture = network(styles, noise)
    assert picture.shape == (2, 3, 16, 16)
    assert torch.equal(picture, network(styles, -noise))  # at first, noise has no strength
    for layer in network.modules():
        if hasattr(layer, "noise_strength"):
            layer.noise_strength.data.fill_(0.5)
    assert not torch.equal(picture, network(styles, noise))
    torch.testing.assert_close(network(styles, noise)[1:], network(styles[1:], noise[1:]))


def test_modulation_is_that_of_weights_of_each_picture():
    layer, random = ModulatedConv2d(4, 5, 3, 6), torch.Generator().manual_seed(1)
    x, w = torch.randn(2, 4, 7, 7, generator=random), torch.randn(2, 6, generator=random)
    made = layer(x, w)
    for k in range(2):
        style = layer.affine(w[k : k + 1])[0]
        weight = layer.weight * style[None, :, None, None] / 6  # the root of 4 · 3 · 3
        weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        torch.testing.assert_close(made[k], F.conv2d(x[k : k + 1], weight, padding=1)[0])


def test_doubling_keeps_a_flat_picture_flat_and_centred():
    flat = Doubled()(torch.ones(1, 1, 6, 6))
    assert flat.shape == (1, 1, 12, 12)
    torch.testing.assert_close(flat[0, 0, 1:-1, 1:-1], torch.ones(10, 10))
    ramp = Doubled()(torch.arange(6.0).expand(1, 1, 6, 6))[0, 0, 4]
    torch.testing.assert_close(ramp[1:-1], torch.arange(10) / 2 + 0.25)


def test_truncation_moves_a_style_towards_the_mean():
    mapping = StyleMapping(4, 2)
    init_equalised(mapping, 1)
    mapping.follow(torch.full((4,), 500.0))
    torch.testing.assert_close(mapping.average, torch.ones(4))
    z = torch.randn(3, 4)
    whole = mapping(z)
    torch.testing.assert_close(mapping(z, 0.0), torch.ones(3, 4))
    torch.testing.assert_close(mapping(z, 0.5), (whole + 1) / 2)
    torch.testing.assert_close(mapping(z * 3), whole)  # of a direction, whatever its length


def test_styles_cross_over_at_a_layer():
    one, other = torch.zeros(2, 1), torch.ones(2, 1)
    mixed = mixed_styles(one, other, torch.tensor([1, 3]), 3)
    assert mixed[..., 0].tolist() == [[0, 1, 1], [0, 0, 0]]


def test_weights_depend_on_the_seed_alone():
    torch.rand(3)
    one = small()
    for a, b in zip(one.state_dict().values(), small().state_dict().values(), strict=True):
        assert torch.equal(a, b)
    # A hundredth as fast, from weights a hundred times as large.
    assert 50 < float(one.mapping.layers[0].weight.detach().std()) < 150


def test_the_discriminator_sees_how_much_maps_of_a_group_differ():
    network = ResidualDiscriminator(1, 8, channel_base=64, channel_max=8, stddev_group=2)
    init_equalised(network, 1)
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    alone, twice = network(x)[0], network(x[[0, 0, 2, 3]])[0]
    assert float((alone - twice).abs()) > 1e-4
    torch.testing.assert_close(network(x)[2:], network(x[2:]))
