import pytest
import torch

from cytoforge.networks.equalised import Blur, append_stddev, init_equalised
from cytoforge.networks.segmentation_discriminator import SegmentationDiscriminator
from cytoforge.networks.spectral import SpectralConv2d
from cytoforge.networks.wavelet_discriminator import WaveletDiscriminator


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def wavelet_discriminator() -> WaveletDiscriminator:
    network = WaveletDiscriminator(2, filters=4, n_stages=2)
    init_equalised(network, seed=1)
    return network


# The published implementations' counts: 3 image channels, 38 codes, 256 px.
def test_parameter_counts():
    with torch.device("meta"):
        assert parameters(SegmentationDiscriminator(3, 38)) == 22_251_559
        assert parameters(WaveletDiscriminator(3)) == 26_211_073


@pytest.mark.parametrize("blocks", [2, 3, 6])
def test_the_segmenter_has_a_verdict_a_pixel(blocks):
    with torch.device("meta"):
        network = SegmentationDiscriminator(3, 8, filters=8, n_blocks=blocks)
        assert network(torch.empty(2, 3, 64, 128)).shape == (2, 9, 64, 128)


def test_all_but_the_segmenters_last_layer_have_spectral_norm():
    with torch.device("meta"):
        network = SegmentationDiscriminator(3, 8)
    plain = [
        name
        for name, layer in network.named_modules()
        if isinstance(layer, torch.nn.Conv2d) and not isinstance(layer, SpectralConv2d)
    ]
    assert plain == ["output"]


def test_segmenters_images_do_not_mix():
    network = SegmentationDiscriminator(2, 3, filters=8, n_blocks=2).eval()
    x = torch.randn(3, 2, 16, 16)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]), atol=1e-6, rtol=1e-5)


def test_skips_carry_details_to_the_segmenters_output():
    # With the deepest level silenced, the verdicts still depend on the image.
    network = SegmentationDiscriminator(1, 2, filters=4, n_blocks=3, spectral=False)
    for weight in network.down[-1].parameters():
        torch.nn.init.zeros_(weight)
    first, second = network(torch.zeros(1, 1, 16, 16)), network(torch.ones(1, 1, 16, 16))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("size", [(32, 32), (64, 32), (16, 16), (24, 40)])
def test_the_wavelet_discriminator_takes_any_size_it_can_halve(size):
    assert wavelet_discriminator()(torch.randn(2, 2, *size)).shape == (2, 1)


def test_layers_of_the_wavelet_discriminator_keep_the_spread_of_their_input():
    # Equalised weights are N(0, 1) and scaled by 1/√fan-in, activations by √2.
    network = WaveletDiscriminator(2, filters=32, n_stages=2)
    init_equalised(network, seed=1)
    convolution, activation = network.stages[0][:2]
    made = activation(convolution(torch.randn(4, 32, 32, 32)))
    assert 0.9 < made.square().mean().sqrt() < 1.1


def test_blur_keeps_flat_maps_flat_and_halves():
    x = torch.ones(1, 3, 8, 8)
    assert Blur(padding=2)(x).shape == (1, 3, 9, 9)
    halved = Blur(padding=1, stride=2)(x)
    assert halved.shape == (1, 3, 4, 4)
    torch.testing.assert_close(halved[..., 1:-1, 1:-1], torch.ones(1, 3, 2, 2))


def test_stddev_is_of_neighbours_in_the_batch():
    # Tiles 0 and 1 differ by 2 everywhere (σ 1), tiles 2 and 3 are the same.
    x = torch.tensor([0.0, 2.0, 5.0, 5.0]).view(4, 1, 1, 1).expand(4, 1, 2, 2)
    spread = append_stddev(x, group=2)[:, 1, 0, 0]
    torch.testing.assert_close(spread, torch.tensor([1.0, 1.0, 1e-4, 1e-4]))


def test_two_processes_with_whole_groups_see_what_one_sees():
    x = torch.randn(8, 3, 4, 4)
    whole = append_stddev(x)
    halves = torch.cat([append_stddev(x[:4]), append_stddev(x[4:])])
    assert torch.equal(whole, halves)


@pytest.mark.parametrize(("batch", "groups"), [(1, 1), (2, 1), (3, 1), (5, 5), (6, 2), (12, 3)])
def test_a_batch_of_any_size_has_groups(batch, groups):
    planes = append_stddev(torch.randn(batch, 2, 3, 3))[:, 2]
    assert len(planes[:, 0, 0].unique()) <= groups
    assert planes.shape == (batch, 3, 3)
