import pytest
import torch
from torch import nn

from cytoforge.networks import small_maps
from cytoforge.networks.small_maps import Conv2d, ConvTranspose2d

PAIRS = {"down": (nn.Conv2d, Conv2d), "up": (nn.ConvTranspose2d, ConvTranspose2d)}
GEOMETRIES = [
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)},
    {"kernel_size": 3, "dilation": 2, "padding": 2},
]


@pytest.fixture
def always(monkeypatch):
    """Products whatever the number of weights, so that tests can be small."""
    monkeypatch.setattr(small_maps, "FEWEST_WEIGHTS", 0)


def twins(kind, dtype=torch.float32, **geometry):
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
    plain, ours = twins(kind, bias=bias, **geometry)
    x = torch.randn(batch, 3, 4, 6, requires_grad=True)
    expected = plain(x)
    wanted = torch.autograd.grad(expected.square().sum(), [x, *plain.parameters()])
    no_convolution(monkeypatch)
    found = ours(x)
    got = torch.autograd.grad(found.square().sum(), [x, *ours.parameters()])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("kind", PAIRS)
def test_first_and_second_derivatives(always, monkeypatch, kind):
    _, ours = twins(kind, torch.float64, kernel_size=4, stride=2, padding=1)
    no_convolution(monkeypatch)
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ours, x)
    assert torch.autograd.gradgradcheck(ours, x)


def test_output_padding(always, monkeypatch):
    plain, ours = twins("up", kernel_size=3, stride=2, padding=1, output_padding=1)
    x = torch.randn(1, 3, 4, 4)
    expected = plain(x)
    no_convolution(monkeypatch)
    torch.testing.assert_close(ours(x), expected)


@pytest.mark.parametrize("kind", PAIRS)
def test_under_autocast_within_the_rounding_of_bf16(always, monkeypatch, kind):
    plain, ours = twins(kind, kernel_size=4, stride=2, padding=1)
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
        ((1, 4, 40, 40), {}),  # many pixels
        ((1, 4, 4, 4), {"groups": 2}),
    ],
)
def test_all_else_is_the_plain_layer(always, monkeypatch, kind, shape, settings):
    layers = [layer(4, 4, 3, **settings) for layer in PAIRS[kind]]
    layers[1].load_state_dict(layers[0].state_dict())
    for name in ("unfold", "fold", "linear"):
        monkeypatch.setattr(small_maps.F, name, None)
    x = torch.randn(shape)
    assert torch.equal(layers[0](x), layers[1](x))


@pytest.mark.parametrize("mode", [{"padding_mode": "reflect", "padding": 1}, {"padding": "same"}])
def test_other_paddings_are_the_plain_layer(always, mode):
    plain, ours = twins("down", kernel_size=3, **mode)
    x = torch.randn(1, 3, 4, 4)
    assert torch.equal(plain(x), ours(x))


def test_few_weights_are_not_worth_it():
    x = torch.zeros(1, 64, 4, 4)
    assert small_maps.pays(x, 16, torch.empty(1024, 1024), groups=1)
    assert not small_maps.pays(x, 16, torch.empty(1024, 1023), groups=1)
    assert not small_maps.pays(x, 129, torch.empty(1024, 1024), groups=1)
    assert not small_maps.pays(x.to("meta"), 16, torch.empty(1024, 1024), groups=1)


def test_a_compiled_graph_keeps_its_convolutions(always):
    program = torch.export.export(twins("down", kernel_size=3)[1], (torch.zeros(1, 3, 4, 4),))
    assert "conv2d" in str(program.graph) and "im2col" not in str(program.graph)
