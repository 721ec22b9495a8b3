import copy

import pytest
import torch
from torch import nn

from cytoforge.compute import convolution
from cytoforge.compute.convolution import Conv2d, ConvTranspose2d

LAST = torch.channels_last
PAIRS = {"down": (nn.Conv2d, Conv2d), "up": (nn.ConvTranspose2d, ConvTranspose2d)}
GEOMETRIES = [
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)},
    {"kernel_size": 3, "dilation": 2, "padding": 2},
]


@pytest.fixture(params=["small map", "few outputs"])
def always(monkeypatch, request):
    """Products at any size, of one kind, so that tests can be small."""
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 0)
    few = 10**6 if request.param == "few outputs" else 0
    monkeypatch.setattr(convolution, "MOST_PRODUCTS", few)


def equal_layers(kind, dtype=torch.float32, **geometry):
    torch.manual_seed(0)
    plain, ours = (layer(3, 5, **geometry).to(dtype) for layer in PAIRS[kind])
    ours.load_state_dict(plain.state_dict())
    return plain, ours


def no_convolution(monkeypatch):
    for layer in (nn.Conv2d, nn.ConvTranspose2d):
        monkeypatch.setattr(layer, "forward", None)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_equals_the_convolution_with_gradients(always, monkeypatch, kind, geometry, bias, batch):
    plain, ours = equal_layers(kind, bias=bias, **geometry)
    x = torch.randn(batch, 3, 4, 6, requires_grad=True)
    expected = plain(x)
    wanted = torch.autograd.grad(expected.square().sum(), [x, *plain.parameters()])
    no_convolution(monkeypatch)
    found = ours(x)
    got = torch.autograd.grad(found.square().sum(), [x, *ours.parameters()])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("maps_last", [False, True])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_weights_are_read_as_they_lie(always, monkeypatch, kind, geometry, maps_last):
    plain, ours = (layer.to(memory_format=LAST) for layer in equal_layers(kind, **geometry))
    layout = LAST if maps_last else torch.contiguous_format
    x = torch.randn(2, 3, 4, 6).contiguous(memory_format=layout).requires_grad_()
    expected = plain(x)
    wanted = torch.autograd.grad(expected.square().sum(), [x, *plain.parameters()])
    no_convolution(monkeypatch)
    found = ours(x)
    found.square().sum().backward()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close([x.grad, *(weight.grad for weight in ours.parameters())], [*wanted])


@pytest.mark.parametrize("layout", [LAST, torch.contiguous_format])
@pytest.mark.parametrize("kind", PAIRS)
def test_gradients_lie_as_the_weights_do(monkeypatch, kind, layout):
    # Else they would be copied for the optimiser: 17 MB a layer of 512 → 512 channels, each step.
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 0)
    monkeypatch.setattr(convolution, "MOST_PRODUCTS", 0)
    ours = equal_layers(kind, kernel_size=4, stride=2, padding=1)[1].to(memory_format=layout)
    x = torch.randn(2, 3, 4, 4)
    (gradient,) = torch.autograd.grad(ours(x).square().sum(), ours.weight)
    assert gradient.stride() == ours.weight.stride()


@pytest.mark.parametrize("kind", PAIRS)
def test_first_and_second_derivatives(always, monkeypatch, kind):
    _, ours = equal_layers(kind, torch.float64, kernel_size=4, stride=2, padding=1)
    no_convolution(monkeypatch)
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ours, x)
    assert torch.autograd.gradgradcheck(ours, x)


def test_output_padding(always, monkeypatch):
    plain, ours = equal_layers("up", kernel_size=3, stride=2, padding=1, output_padding=1)
    x = torch.randn(1, 3, 4, 4)
    expected = plain(x)
    no_convolution(monkeypatch)
    torch.testing.assert_close(ours(x), expected)


@pytest.mark.parametrize("kind", PAIRS)
def test_under_autocast_within_the_rounding_of_bf16(always, monkeypatch, kind):
    plain, ours = equal_layers(kind, kernel_size=4, stride=2, padding=1)
    x = torch.randn(2, 3, 4, 4)
    exact = plain(x)
    no_convolution(monkeypatch)
    with torch.autocast("cpu", torch.bfloat16):
        found = ours(x)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), exact, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((1, 8, 40, 40), {}),  # many pixels and outputs
        ((1, 8, 4, 4), {"groups": 2}),
    ],
)
def test_all_else_is_the_plain_layer(monkeypatch, kind, shape, settings):
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 0)
    layers = [layer(8, 8, 3, **settings) for layer in PAIRS[kind]]
    layers[1].load_state_dict(layers[0].state_dict())
    for name in ("unfold", "fold"):
        monkeypatch.setattr(convolution.F, name, None)
    x = torch.randn(shape)
    assert torch.equal(layers[0](x), layers[1](x))


@pytest.mark.parametrize("mode", [{"padding_mode": "reflect", "padding": 1}, {"padding": "same"}])
def test_other_paddings_are_the_plain_layer(always, mode):
    plain, ours = equal_layers("down", kernel_size=3, **mode)
    x = torch.randn(1, 3, 4, 4)
    assert torch.equal(plain(x), ours(x))


def test_few_weights_are_not_worth_it(monkeypatch):
    monkeypatch.setattr(convolution.F, "unfold", None)
    Conv2d(8, 8, 3)(torch.zeros(1, 8, 4, 4))
    with pytest.raises(TypeError):
        Conv2d(8, 2**20 // 72 + 1, 3)(torch.zeros(1, 8, 4, 4))


def test_a_compiled_graph_keeps_its_convolutions(always):
    program = torch.export.export(
        equal_layers("down", kernel_size=3)[1], (torch.zeros(1, 3, 4, 4),)
    )
    assert "conv2d" in str(program.graph) and "im2col" not in str(program.graph)


@pytest.mark.parametrize("kind", PAIRS)
def test_rounds_no_worse_than_the_plain_layer(kind):
    plain, ours = (layer(64, 1, 4) for layer in PAIRS[kind])
    exact = copy.deepcopy(plain).double()
    ours.load_state_dict(plain.state_dict())
    x = torch.randn(2, 64, 31, 31, generator=torch.Generator().manual_seed(0))
    wanted = gradient(exact, x.double())
    off, off_plain = ((gradient(layer, x) - wanted).abs().max() for layer in (ours, plain))
    assert off < 1.5 * off_plain


def gradient(layer, x):
    """Gradient of the layer's weights, where rounding is largest."""
    return torch.autograd.grad(layer(x).square().sum(), layer.weight)[0]
