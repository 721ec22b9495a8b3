import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cytoforge.compute.devices import has_int8
from cytoforge.networks.layers import prepare_inference
from cytoforge.networks.resnet import ResNet
from cytoforge.networks.unet import UNet
from cytoforge.synthesis import inference
from cytoforge.synthesis import int8_unet as int8
from cytoforge.synthesis.inference import fast_network, fold_batch_norm
from cytoforge.synthesis.int8_unet import Int8UNet, why_not_int8

CPU = torch.device("cpu")
needs_int8 = pytest.mark.skipif(not has_int8(CPU), reason="no AVX512-VNNI")


def lived_in(**settings):
    """A U-Net whose norms have statistics unlike those at the start."""
    torch.manual_seed(0)
    network = UNet(5, 2, n_downs=4, filters=16, **settings)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
    return network.eval().requires_grad_(False)


def one_hot(size, seed=1):
    torch.manual_seed(seed)
    codes = torch.randint(0, 5, (size, 8, 8)).repeat_interleave(4, 1).repeat_interleave(4, 2)
    return F.one_hot(codes).permute(0, 3, 1, 2).float()  # (B, 5, 32, 32)


@needs_int8
@pytest.mark.parametrize("bf16", [True, False])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_integers_are_within_the_stated_tolerance(monkeypatch, norm, bf16):
    monkeypatch.setattr(inference, "has_bf16", lambda device: bf16)
    network, x = lived_in(norm=norm), one_hot(4, seed=2)
    fast, line = fast_network(network, one_hot(4), 1, "fast")
    assert line.startswith("inference: int8")
    difference = (fast(x) - network(x)).abs() / 2  # of images in [0, 1]
    assert 0 < difference.mean() < 0.006 and difference.quantile(0.99) < 0.03


@needs_int8
def test_grey_labels_are_as_near():
    torch.manual_seed(0)
    network = UNet(1, 1, n_downs=4, filters=16).eval().requires_grad_(False)
    x = one_hot(4).argmax(1, keepdim=True) / 2 - 1  # (4, 1, 32, 32) in [-1, 1]
    fast, _ = fast_network(network, x, 1, "fast")
    assert ((fast(x) - network(x)).abs() / 2).mean() < 0.006


@needs_int8
def test_a_tile_is_the_same_alone_and_among_others():
    fast, _ = fast_network(lived_in(), one_hot(4), 1, "fast")
    x = one_hot(7, seed=2)
    together, alone = fast(x), torch.cat([fast(tile[None]) for tile in x])
    assert torch.equal(together, alone)


@needs_int8
def test_same_bytes_whenever_it_is_made():
    x = one_hot(4)
    images = [fast_network(lived_in(), x, n, "fast")[0](x) for n in (1, 10**6)]
    assert torch.equal(*images)


@needs_int8
def test_the_network_stays_as_it_is():
    network = lived_in()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fast_network(network, one_hot(4), 1, "fast")
    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (ResNet(5, 1, n_blocks=1, filters=8, norm="batch"), "not a U-Net"),
        (UNet(5, 1, n_downs=4, filters=8, norm="instance"), "statistics of each tile"),
        (UNet(5, 1, n_downs=4, filters=8, upsampling="resize"), "not the original's upsampling"),
        (UNet(5, 1, n_downs=4, filters=8, detail=4), "a layer at full size"),
    ],
)
def test_other_networks_fall_back_and_the_line_says_why(monkeypatch, network, reason):
    monkeypatch.setattr(int8, "has_int8", lambda device: True)
    network, x = network.eval(), one_hot(2)
    fast, line = fast_network(network, x, 10**6, "fast")
    auto, _ = fast_network(network, x, 10**6)
    assert "; not int8: " in line and line.endswith(reason)
    assert torch.equal(fast(x), auto(x))


def test_statistics_of_each_tile_fall_back(monkeypatch):
    monkeypatch.setattr(int8, "has_int8", lambda device: True)
    _, line = fast_network(lived_in(), one_hot(1), 1, "fast", norm_stats="instance")
    assert line.endswith("not int8: norms have statistics of each tile")


def test_a_cpu_without_the_instructions_falls_back(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    _, line = fast_network(lived_in(), one_hot(1), 1, "fast")
    assert line.endswith("not int8: no AVX512-VNNI")


@needs_int8
def test_only_a_folded_network_is_taken():
    network = prepare_inference(lived_in())
    assert why_not_int8(network, CPU)
    fold_batch_norm(network)
    assert not why_not_int8(network, CPU)
    assert isinstance(Int8UNet(network, one_hot(2), torch.float32), nn.Module)
