"""The yardstick itself, against the public implementation's numbers."""

import math

import pytest
import torch

from benchmarks.textbook.oasis import TextbookOasis, balanced_cross_entropy
from benchmarks.textbook.oasis_networks import Generator, Segmenter, SpectralConv
from benchmarks.textbook.wavelet import WaveletDiscriminator, bands_of, pixels_of

N_CODES, NOISE = 38, 64


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: Generator(NOISE + N_CODES, 3, 64, 6, 128, "batch", False), 71_190_467),
        (lambda: Generator(N_CODES, 3, 64, 6, 128, "batch", False), 69_420_995),
        (lambda: Generator(NOISE + N_CODES, 3, 16, 6, 128, "batch", True), 55_803_884),
        (lambda: Segmenter(3, N_CODES, 128, 6), 22_251_559),
        (lambda: WaveletDiscriminator(3, 128, 5), 26_211_073),
    ],
)
def test_parameter_counts(build, expected):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in build().parameters()) == expected


def test_the_default_networks_are_the_published_ones():
    with torch.device("meta"):
        book = TextbookOasis(N_CODES, 3, wavelet_discriminator=True, device="meta")
    sizes = {
        name: sum(weight.numel() for weight in network.parameters())
        for name, network in book.networks.items()
    }
    assert sizes == {
        "generator": 71_190_467,
        "discriminator": 22_251_559,
        "discriminator_wavelet": 26_211_073,
    }


def test_the_defaults_are_the_published_recipe():
    with torch.device("meta"):
        book = TextbookOasis(3, 1, supervision="usis", device="meta")
    groups = {name: optimiser.param_groups[0] for name, optimiser in book.optimisers.items()}
    rates = {"generator": 1e-4, "discriminator": 4e-4, "discriminator_wavelet": 2e-3}
    assert {name: group["lr"] for name, group in groups.items()} == pytest.approx(rates)
    assert {group["betas"] for group in groups.values()} == {(0, 0.999)}
    assert TextbookOasis(3, 1, device="meta").networks.keys() == {"generator", "discriminator"}
    assert (book.noise_channels, book.lambda_labelmix, book.fresh_fakes) == (64, 10, True)
    # StyleGAN2's; the medical original came every fourth step, and was not weighed for it.
    assert (book.r1_gamma, book.r1_every) == (10, 16)


def test_a_code_counts_as_much_as_another_whatever_its_pixels():
    # Three pixels of code 0, one of code 1; output 0 is "fake".
    labels = torch.tensor([[[0, 0], [0, 1]]], dtype=torch.uint8)
    logits = torch.zeros(1, 3, 2, 2)
    assert balanced_cross_entropy(logits, labels).item() == pytest.approx(math.log(3))
    logits[:, 2, 1, 1] = 100  # code 1 is certain: what is left is code 0's half
    assert balanced_cross_entropy(logits, labels).item() == pytest.approx(math.log(3) / 2)


def test_the_haar_transform_is_inverted_exactly_and_keeps_energy():
    x = torch.randn(2, 3, 8, 12, dtype=torch.float64)
    bands = bands_of(x)
    assert bands.shape == (2, 12, 4, 6)
    torch.testing.assert_close(pixels_of(bands), x, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(bands.square().sum(), x.square().sum(), rtol=1e-6, atol=1e-6)


def test_spectral_norm_divides_by_the_largest_singular_value():
    torch.manual_seed(0)
    layer = SpectralConv(4, 6, 1, bias=False)
    for _ in range(200):
        layer.u = layer.iterate()[0]
    largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
    x = torch.randn(1, 4, 3, 3)
    plain = torch.nn.functional.conv2d(x, layer.weight) / largest
    torch.testing.assert_close(layer(x), plain)
