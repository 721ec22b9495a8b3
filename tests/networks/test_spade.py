import pytest
import torch
import torch.nn.functional as F

from cytoforge.networks.initialisation import init_xavier
from cytoforge.networks.layers import prepare_inference
from cytoforge.networks.spade import Spade, SpadeBlock, level_widths, shrink
from cytoforge.networks.spade_generator import SpadeGenerator
from cytoforge.networks.spectral import SpectralConv2d, fold_spectral_norm
from cytoforge.networks.wavelet_generator import WaveletGenerator, double_bands

KINDS = pytest.mark.parametrize("kind", [SpadeGenerator, WaveletGenerator])


def tiny(kind=SpadeGenerator, norm="batch", spectral=True) -> torch.nn.Module:
    network = kind(5, 2, filters=2, n_blocks=3, norm=norm, spade_filters=8, spectral=spectral)
    init_xavier(network, seed=1, gain=1.0)
    return network


def condition(batch: int = 2, side: int = 16) -> torch.Tensor:
    return torch.randn(batch, 5, side, side, generator=torch.Generator().manual_seed(2))


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


# The published implementations' counts: 38 codes, 64 or no channels of noise, 3 image channels.
@pytest.mark.parametrize(
    ("kind", "inputs", "filters", "expected"),
    [
        (SpadeGenerator, 64 + 38, 64, 71_190_467),
        (SpadeGenerator, 38, 64, 69_420_995),
        (WaveletGenerator, 64 + 38, 16, 55_803_884),
    ],
)
@pytest.mark.parametrize("spectral", [True, False])
def test_parameter_count(kind, inputs, filters, expected, spectral):
    with torch.device("meta"):
        network = kind(inputs, 3, filters, spectral=spectral)
    assert parameters(network) == expected


def test_spectral_norm_adds_a_number_an_output_channel_and_no_parameter():
    with torch.device("meta"):
        network = SpadeGenerator(102, 3)
    added = sum(value.numel() for name, value in network.named_buffers() if name.endswith(".u"))
    outputs = [x.out_channels for x in network.modules() if isinstance(x, SpectralConv2d)]
    assert added == sum(outputs) and len(outputs) == 6 * 2 + 4


@pytest.mark.parametrize(("upsampling", "in_squares"), [("nearest", True), ("bilinear", False)])
def test_only_nearest_doubling_gives_a_block_squares_of_equal_pixels(upsampling, in_squares):
    network = SpadeGenerator(5, 2, filters=2, n_blocks=3, spade_filters=8, upsampling=upsampling)
    init_xavier(network, seed=1, gain=1.0)
    seen = []
    network.blocks[-1].register_forward_hook(lambda _, given, made: seen.append(given[0]))
    network(condition())
    x = seen[0]
    assert torch.equal(x[..., ::2, ::2], x[..., 1::2, 1::2]) == in_squares


def test_widths_of_other_numbers_of_blocks():
    assert level_widths(64, 6) == [1024, 1024, 1024, 512, 256, 128, 64]
    assert level_widths(4, 3) == [32, 16, 8, 4]


def test_a_spade_layer_is_its_equation():
    layer = Spade(channels=3, condition_channels=4, hidden_channels=6)
    x, seen = torch.randn(2, 3, 8, 8), torch.randn(2, 4, 8, 8)
    hidden = F.relu(F.conv2d(seen, layer.hidden.weight, layer.hidden.bias, padding=1))
    weight, bias = layer.gamma_beta.weight, layer.gamma_beta.bias
    gamma = F.conv2d(hidden, weight[:3], bias[:3], padding=1)
    beta = F.conv2d(hidden, weight[3:], bias[3:], padding=1)
    torch.testing.assert_close(layer(x, seen), x * (1 + gamma) + beta)


def test_shrinking_picks_what_nearest_interpolation_picks():
    x = condition(side=32)
    for factor in (1, 2, 4, 8):
        assert torch.equal(shrink(x, factor), F.interpolate(x, scale_factor=1 / factor))


def test_blocks_of_one_width_have_a_plain_shortcut():
    same, changing = SpadeBlock(4, 4, 5), SpadeBlock(4, 2, 5)
    assert not same.width_changes
    assert changing.width_changes
    assert changing.shortcut.bias is None and changing.shortcut.kernel_size == (1, 1)


@KINDS
@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("size", [(16, 16), (24, 40)])
def test_image_has_the_size_of_the_condition(kind, norm, size):
    image = tiny(kind, norm)(torch.randn(2, 5, *size))
    assert image.shape == (2, 2, *size)
    assert image.abs().max() <= 1


@KINDS
def test_noise_changes_the_image(kind):
    network = tiny(kind).eval()
    x = condition(1)
    other = x.clone()
    other[:, 0] += 1  # the first channel of noise
    assert (network(x) - network(other)).abs().max() > 1e-3


@KINDS
@pytest.mark.parametrize("norm_stats", ["running", "instance"])
def test_tiles_of_a_batch_do_not_mix(kind, norm_stats):
    network = tiny(kind)
    network(condition(4))
    prepare_inference(network, norm_stats)
    x = condition(3)
    with torch.inference_mode():
        torch.testing.assert_close(network(x)[1:2], network(x[1:2]), atol=1e-5, rtol=1e-4)


@KINDS
def test_folded_and_exported_networks_make_the_same_image(kind):
    network = tiny(kind)
    for _ in range(5):
        network(condition(4))
    prepare_inference(network)
    x = condition(1)
    with torch.inference_mode():
        expected = network(x)
    fold_spectral_norm(network)
    with torch.no_grad():
        torch.testing.assert_close(network(x), expected, atol=1e-6, rtol=1e-5)
        exported = torch.export.export(network, (x,)).module()
        torch.testing.assert_close(exported(x), expected, atol=1e-6, rtol=1e-5)


def test_doubled_bands_stand_for_the_doubled_picture():
    flat = torch.zeros(1, 4, 2, 2)
    flat[:, 0] = 3.0  # the mean band of a grey picture
    doubled = double_bands(flat)
    assert doubled.shape == (1, 4, 4, 4)
    torch.testing.assert_close(doubled[:, 0], torch.full((1, 4, 4), 3.0))
    torch.testing.assert_close(doubled[:, 1:], torch.zeros(1, 3, 4, 4))


def test_weights_start_as_xavier_normal_and_depend_on_the_seed_alone():
    networks = [SpadeGenerator(5, 2, filters=8, n_blocks=2) for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2), strict=True):
        torch.rand(7)  # whatever was drawn before
        init_xavier(network, seed)
    first, again, other = (network.blocks[0].second for network in networks)
    expected = torch.nn.init.xavier_normal_(torch.empty(16, 16, 3, 3), 0.02).std()
    assert abs(first.weight.std() / expected - 1) < 0.1
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)
    assert first.bias.abs().max() == 0


def test_scale_and_shift_start_as_two_convolutions():
    network = SpadeGenerator(5, 2, filters=8, n_blocks=2, spade_filters=16)
    init_xavier(network, seed=1)
    layer = network.blocks[0].spade_in  # 16 filters → γ and β of 32 channels each
    expected = 0.02 * (2 / (9 * (16 + 32))) ** 0.5
    assert abs(layer.gamma_beta.weight.std() / expected - 1) < 0.05
