import pytest
import torch
from torch import nn

from cytoforge.networks.layers import BatchNorm, prepare_inference
from cytoforge.networks.resnet import ResNet
from cytoforge.networks.spade_generator import SpadeGenerator
from cytoforge.networks.unet import UNet
from cytoforge.synthesis import inference
from cytoforge.synthesis.inference import FastNetwork, fast_network, fold_batch_norm

NETWORKS = {
    "small unet": lambda: UNet(5, 1, n_downs=2, filters=4),
    "unet": lambda: UNet(5, 1, n_downs=4, filters=8),
    "unet instance": lambda: UNet(5, 2, n_downs=4, filters=8, norm="instance", detail=4),
    "resnet": lambda: ResNet(5, 1, n_blocks=2, filters=8, norm="batch"),
    "spade": lambda: SpadeGenerator(5, 1, filters=4, n_blocks=2, spade_filters=8),
}


def lived_in(name):
    """A network whose norms have statistics unlike those at the start."""
    torch.manual_seed(0)
    network = NETWORKS[name]()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
    return network.eval().requires_grad_(False)


def one_hot(size=2):
    torch.manual_seed(1)
    codes = torch.randint(0, 5, (size, 8, 8)).repeat_interleave(4, 1).repeat_interleave(4, 2)
    return nn.functional.one_hot(codes).permute(0, 3, 1, 2).float()  # (B, 5, 32, 32)


@pytest.fixture
def bf16(monkeypatch):
    monkeypatch.setattr(inference, "has_bf16", lambda device: True)


@pytest.fixture
def no_bf16(monkeypatch):
    monkeypatch.setattr(inference, "has_bf16", lambda device: False)


@pytest.mark.parametrize("name", ["unet", "resnet"])
def test_folded_batch_norm_is_the_same_function(name):
    network, x = lived_in(name), one_hot()
    expected = network(x)
    fold_batch_norm(network)
    assert not any(isinstance(layer, BatchNorm) for layer in network.modules())
    torch.testing.assert_close(network(x), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_without_bf16_only_rounding_differs(no_bf16, name):
    network, x = lived_in(name), one_hot()
    fast, line = fast_network(network, x[:1], 10)
    assert line.startswith("inference: fp32, folded")
    torch.testing.assert_close(fast(x), network(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_bf16_is_within_the_stated_tolerance(bf16, name):
    network, x = lived_in(name), one_hot()
    fast, line = fast_network(network, x[:1], 10)
    image = fast(x)
    assert line.startswith("inference: bf16") and image.dtype == torch.float32
    difference = (image - network(x)).abs() / 2  # of images in [0, 1]
    assert 0 < difference.mean() < 0.002 and difference.max() < 0.015


def test_statistics_of_each_tile_are_not_folded(no_bf16):
    network, x = lived_in("unet"), one_hot()
    fast, _ = fast_network(network, x[:1], 10, norm_stats="instance")
    expected = prepare_inference(network, "instance")(x)
    torch.testing.assert_close(fast(x), expected, rtol=0, atol=1e-5)


def test_exact_is_the_network_itself():
    network = lived_in("unet")
    assert fast_network(network, one_hot(1), 10**6, "exact")[0] is network


def test_the_network_stays_as_it_is(bf16):
    network = NETWORKS["spade"]().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fast_network(network, one_hot(1), 10)
    assert network.training
    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)


def test_same_bytes_whenever_it_is_made_and_however_many_tiles_follow(bf16):
    network, x = lived_in("unet"), one_hot()
    first, second = (fast_network(network, x[:1], n)[0](x) for n in (1, 10**6))
    assert torch.equal(first, second)


def test_dropout_seeds_reach_it(no_bf16):
    network, x = UNet(5, 1, n_downs=6, filters=4), one_hot(1).repeat(1, 1, 2, 2)
    fast, _ = fast_network(network, x, 10)
    images = [prepare_inference(fast, "running", [seed])(x) for seed in (1, 2)]
    expected = prepare_inference(network, "running", [2])(x)
    assert not torch.equal(*images)
    torch.testing.assert_close(images[1], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("mode", ["auto", "fast"])
def test_a_cpu_never_compiles(monkeypatch, mode):
    monkeypatch.setattr(torch, "compile", None)
    fast_network(lived_in("resnet"), one_hot(1), 10**6, mode)


def test_goes_on_without_a_compiler(monkeypatch):
    def broken(network, **settings):
        def run(x):
            raise RuntimeError("no C++ compiler")

        return run

    monkeypatch.setattr(torch, "compile", broken)
    plain = FastNetwork(lived_in("unet"), False)
    fast, line = inference._compiled(plain, one_hot(1), "inference: fp32")
    assert line == "inference: fp32; not compiled: RuntimeError"
    assert fast(one_hot()).shape == (2, 1, 32, 32)


# Compiling is slow, and for graphics cards alone: `make soak` compiles the others.
COMPILED = [
    "small unet",
    *(pytest.param(name, marks=pytest.mark.soak) for name in NETWORKS if name != "small unet"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPILED)
def test_compiled_is_within_the_same_tolerance(monkeypatch, tmp_path, name):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    network, x = lived_in(name), one_hot()
    fast, line = inference._compiled(FastNetwork(network, True), x, "inference: bf16")
    if "not compiled" in line:
        pytest.skip(line)
    difference = (fast(x) - network(x)).abs() / 2
    assert difference.mean() < 0.002 and difference.max() < 0.015
