import pytest
import torch
from torch import nn

from benchmarks.textbook.pix2pix import ResNet as Textbook
from benchmarks.textbook.pix2pix import copy_weights
from cytoforge.networks.layers import Dropout, prepare_inference
from cytoforge.networks.resnet import ResidualBlock, ResNet


# The public implementation's counts.
@pytest.mark.parametrize(
    ("inputs", "outputs", "blocks", "expected"),
    [(3, 3, 9, 11_378_179), (3, 3, 6, 7_837_699), (1, 1, 9, 11_365_633)],
)
def test_parameter_count(inputs, outputs, blocks, expected):
    with torch.device("meta"):
        network = ResNet(inputs, outputs, blocks)
    assert sum(weight.numel() for weight in network.parameters()) == expected


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
@pytest.mark.parametrize("size", [(8, 8), (20, 44)])
def test_any_size_that_is_a_multiple_of_4(upsampling, norm, size):
    network = ResNet(5, 2, 2, filters=4, norm=norm, upsampling=upsampling).eval()
    image = network(torch.zeros(2, 5, *size))
    assert image.shape == (2, 2, *size)
    assert image.abs().max() <= 1


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_equals_the_textbook_in_training_with_dropout(norm):
    torch.manual_seed(0)
    ours = ResNet(3, 2, 6, filters=4, norm=norm)
    book = Textbook(3, 2, 6, 4, norm, dropout=True)
    copy_weights(ours, book)
    x = torch.randn(2, 3, 32, 32)
    with torch.random.fork_rng():
        expected = book(x)
    torch.testing.assert_close(ours(x), expected)


def test_a_block_that_adds_nothing_hands_on_its_input():
    block = ResidualBlock(3, "none")
    for layer in block.layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
    x = torch.linspace(-1, 1, 48).reshape(1, 3, 4, 4)  # negative values too: no ReLU on the sum
    assert torch.equal(block(x), x)


@pytest.mark.parametrize(("blocks", "field"), [(9, 169), (6, 121)])
def test_a_pixel_sees_a_field(blocks, field):
    network = ResNet(1, 1, blocks, filters=2, norm="none", dropout=False).double()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.constant_(layer.weight, 1e-3)  # all positive: nothing cancels
            nn.init.zeros_(layer.bias)
    labels = torch.ones(1, 1, 256, 256, dtype=torch.double, requires_grad=True)
    network(labels)[0, 0, 126, 126].backward()
    seen = (labels.grad[0, 0] != 0).any(0).nonzero()
    assert seen.max() - seen.min() + 1 == field


def test_dropout_stands_in_every_block_or_in_none():
    with torch.device("meta"):
        networks = {wanted: ResNet(1, 1, 9, dropout=wanted) for wanted in (True, False)}
    counts = {
        wanted: sum(isinstance(layer, Dropout) for layer in network.modules())
        for wanted, network in networks.items()
    }
    assert counts == {True: 9, False: 0}


def test_a_sample_has_its_own_dropout_in_every_block():
    network = ResNet(1, 1, 2, filters=4)
    x = torch.ones(1, 1, 16, 16)
    first, again, other = (
        prepare_inference(network, dropout_seeds=[seed])(x) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
