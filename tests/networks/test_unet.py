import pytest
import torch
from torch import nn

from cytoforge.networks.layers import Dropout
from cytoforge.networks.unet import UNet


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


# The public implementation's counts.
@pytest.mark.parametrize(
    ("inputs", "outputs", "downs", "norm", "expected"),
    [
        (3, 3, 8, "batch", 54_413_955),
        (1, 1, 8, "batch", 54_407_809),
        (5, 1, 8, "batch", 54_411_905),
        (8, 1, 8, "batch", 54_414_977),
        (10, 1, 8, "batch", 54_417_025),
        (3, 3, 7, "batch", 41_828_995),
        (1, 1, 7, "batch", 41_822_849),
        (5, 1, 7, "batch", 41_826_945),
        (8, 1, 7, "batch", 41_830_017),
        (10, 1, 7, "batch", 41_832_065),
        (3, 3, 8, "instance", 54_409_603),
        (1, 1, 8, "instance", 54_403_457),
        (3, 3, 9, "batch", 66_998_915),
    ],
)
def test_parameter_count(inputs, outputs, downs, norm, expected):
    with torch.device("meta"):
        assert parameters(UNet(inputs, outputs, downs, norm=norm)) == expected


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
@pytest.mark.parametrize("size", [(128, 128), (128, 256)])
def test_image_has_the_size_of_the_label_map(upsampling, norm, size):
    network = UNet(5, 2, n_downs=7, filters=4, norm=norm, upsampling=upsampling).eval()
    image = network(torch.zeros(2, 5, *size))
    assert image.shape == (2, 2, *size)
    assert image.abs().max() <= 1


@pytest.mark.parametrize(("downs", "layers"), [(8, 3), (7, 2)])
def test_dropout_stands_in_the_middle_blocks_only(downs, layers):
    with torch.device("meta"):
        network = UNet(1, 1, downs)
    drops = [block for block in network.decoder if any(isinstance(x, Dropout) for x in block)]
    assert drops == list(network.decoder)[1 : 1 + layers]


def test_only_the_last_convolution_has_a_bias_with_batch_norm():
    with torch.device("meta"):
        network = UNet(3, 3)
    layers = [x for x in network.modules() if isinstance(x, nn.Conv2d | nn.ConvTranspose2d)]
    assert [layer.bias is not None for layer in layers] == [False] * 15 + [True]


def test_outermost_and_innermost_encoder_levels_have_no_norm():
    with torch.device("meta"):
        network = UNet(3, 3)
    norms = [
        any(isinstance(x, nn.BatchNorm2d) for x in level.modules()) for level in network.encoder
    ]
    assert norms == [False, True, True, True, True, True, True, False]


def test_skips_carry_the_encoder_to_the_decoder():
    # With the innermost level silenced, the image still depends on the label map.
    network = UNet(1, 1, n_downs=5, filters=4).eval()
    nn.init.zeros_(network.encoder[-1][1].weight)
    first, second = network(torch.zeros(1, 1, 32, 32)), network(torch.ones(1, 1, 32, 32))
    assert not torch.allclose(first, second)


def matches_textbook(x: torch.Tensor, network: UNet) -> torch.Tensor:
    """The published nested form: each block is (LeakyReLU, conv, norm, inner, ReLU, deconv, norm)
    around the next one, and hands on its activated input beside its output."""

    def block(level: int, x: torch.Tensor) -> torch.Tensor:
        x = torch.nn.functional.leaky_relu(x, 0.2)  # in place there: the skip is activated too
        down = network.encoder[level][1](x)
        if level < len(network.encoder) - 1:
            inner = block(level + 1, network.encoder[level][2](down))
        else:
            inner = down
        up = network.decoder[len(network.encoder) - 1 - level]
        return torch.cat([x, up[2](up[1](torch.relu(inner)))], 1)

    inner = block(1, network.encoder[0](x))
    return torch.tanh(network.output[1](torch.relu(inner)))


def test_equals_the_nested_textbook_form():
    torch.manual_seed(0)
    network = UNet(3, 2, n_downs=6, filters=4, dropout=False)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(network(x), matches_textbook(x, network))
