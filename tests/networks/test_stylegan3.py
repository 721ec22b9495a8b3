"""The networks of StyleGAN3: published sizes and tables, filters, and what moves with the input."""

import math

import numpy as np
import pytest
import torch

from cytoforge.networks.equalised import init_equalised
from cytoforge.networks.fourier_input import FourierInput
from cytoforge.networks.low_pass import (
    along_both,
    low_pass,
    lowered_in_all_directions,
    lowering,
    radial_low_pass,
    raising,
)
from cytoforge.networks.stylegan3 import StyleGan3, bands_of

R = {"radial": True, "channel_base": 65536, "channel_max": 1024}


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


@pytest.mark.parametrize(
    ("side", "channels", "t", "r"),
    [
        (256, 1, 28_471_875, 18_815_873),
        (256, 3, 28_472_133, 18_816_387),
        (512, 1, 24_873_389, 16_665_336),
        (1024, 1, 22_313_101, 15_093_021),
        (1024, 3, 22_313_167, 15_093_151),
    ],
)
def test_parameter_counts(side, channels, t, r):
    with torch.device("meta"):
        assert parameters(StyleGan3(channels, side)) == t
        assert parameters(StyleGan3(channels, side, **R)) == r


def test_the_table_of_layers_at_256_px():
    bands = bands_of(256)
    assert [b.rate for b in bands] == [16] * 3 + [32] * 2 + [64] * 2 + [128] * 3 + [256] * 5
    sizes = [36] * 3 + [52] * 2 + [84] * 2 + [148] * 3 + [276] * 3 + [256] * 2
    assert [b.size_px for b in bands] == sizes
    with torch.device("meta"):
        network = StyleGan3(1, 256)
    widths = [layer.weight.shape[0] for layer in network.layers]
    assert widths == [512] * 9 + [362, 256, 181, 128, 128, 1]
    assert network.n_styles == 16


def test_config_r_at_128_px_ends_in_the_published_channels():
    with torch.device("meta"):
        widths = [layer.weight.shape[0] for layer in StyleGan3(3, 128, **R).layers]
    assert widths[-5:-1] == [912 if k == 0 else w for k, w in enumerate((912, 683, 512, 512))]


@pytest.mark.parametrize("radial", [False, True])
def test_a_filter_passes_what_is_below_and_stops_what_is_above(radial):
    rate, cutoff, width = 64, 12.0, 8.0
    design = radial_low_pass if radial else low_pass
    kernel = design(24, cutoff, width, rate).astype(np.float64)
    line = kernel.sum(0) if radial else kernel
    assert line.sum() == pytest.approx(1, abs=1e-6)
    place = (np.arange(24) - 11.5) / rate
    answer = [abs((line * np.exp(-2j * math.pi * f * place)).sum()) for f in (4, 12, 20)]
    assert answer[0] > 0.95
    assert answer[1] == pytest.approx(0.5, abs=0.05)
    assert answer[2] < 0.05
    if radial:  # the same along the diagonal
        np.testing.assert_allclose(kernel, kernel.T, atol=1e-8)


def test_a_raised_map_is_zeros_between_pixels_smoothed():
    random = torch.Generator().manual_seed(1)
    x, line = torch.randn(1, 2, 5, 5, generator=random), torch.rand(4, generator=random)
    zeros = torch.zeros(1, 2, 10, 10)
    zeros[:, :, ::2, ::2] = x
    for before, after in ((3, 2), (0, 0), (5, 4)):
        padded = torch.nn.functional.pad(zeros, [before, after] * 2)
        kernel = torch.outer(line, line).flip(0, 1).expand(2, 1, 4, 4) * 4
        expected = torch.nn.functional.conv2d(padded, kernel, groups=2)
        made = along_both(x, raising(line.numpy(), 5, 2, before, after))
        torch.testing.assert_close(made, expected)


def test_a_lowered_map_is_smoothed_and_thinned():
    x, line = torch.randn(1, 2, 9, 9), torch.rand(4)
    expected = torch.nn.functional.conv2d(
        x, torch.outer(line, line).expand(2, 1, 4, 4), stride=2, groups=2
    )
    # Convolutions turn their kernel round, and torch's do not.
    torch.testing.assert_close(along_both(x, lowering(line.flip(0).numpy(), 9, 2)), expected)
    both = torch.outer(line, line)
    torch.testing.assert_close(lowered_in_all_directions(x, both, 2), expected)


def small(radial: bool = False) -> StyleGan3:
    network = StyleGan3(1, 32, style_channels=8, channel_base=256, channel_max=16, radial=radial)
    init_equalised(network, 1)
    return network.eval()


def psnr(one: torch.Tensor, other: torch.Tensor) -> float:
    """Of pictures without their border, in dB of the one's range."""
    inner = (..., slice(6, -6), slice(6, -6))
    span = float(one[inner].max() - one[inner].min())
    return 20 * math.log10(span / float((one[inner] - other[inner]).square().mean().sqrt()))


@pytest.mark.parametrize("radial", [False, True])
@pytest.mark.parametrize("across_px", [2, 3])
def test_what_is_drawn_moves_with_its_input(radial, across_px):
    # By whole pixels of the picture, which are fractions of the input's: at 32 px, halves.
    network = small(radial)
    styles = torch.randn(1, network.n_styles, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        still = network(styles)
        network.input.placement[0, 2] = across_px / 32
        moved = network(styles)
    shifted = torch.roll(still, -across_px, 3)
    assert psnr(shifted, moved) > 40
    assert psnr(still, moved) < 30  # it does move


def test_what_config_r_draws_turns_with_its_input():
    network = small(radial=True)
    styles = torch.randn(1, network.n_styles, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        still = network(styles)
        network.input.placement[:2, :2] = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        turned = network(styles)
    best = max(psnr(still.rot90(k, (2, 3)), turned) for k in (1, 3))
    assert best > 40


def test_a_style_turns_and_moves_the_waves():
    layer = FourierInput(8, 12, 8.0, 2.0, 4)
    init_equalised(layer, 1)
    w = torch.zeros(1, 4)
    still = layer(w)
    assert still.shape == (1, 8, 12, 12)
    layer.affine.bias.data[2] = 1 / 8  # one pixel of the rate
    torch.testing.assert_close(layer(w)[..., 1:], still[..., :-1], atol=1e-4, rtol=1e-3)


def test_layers_follow_the_size_of_their_inputs_only_when_asked():
    network = small()
    styles = torch.randn(2, network.n_styles, 8)
    network(styles)
    assert all(float(layer.magnitude) == 1 for layer in network.layers)
    network(styles, follow=20_000)
    given = network.input(styles[:, 0]).square().mean()
    torch.testing.assert_close(network.layers[0].magnitude, (1 + given.detach()) / 2)
