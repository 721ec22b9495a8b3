import pytest
import torch
from torch import nn

from cytoforge.networks.layers import BatchNorm, Dropout, InstanceNorm, prepare_inference
from cytoforge.networks.unet import UNet


@pytest.fixture
def trained() -> UNet:
    torch.manual_seed(0)
    network = UNet(3, 2, n_downs=7, filters=4)
    network(torch.randn(4, 3, 128, 128))  # one batch moves the running statistics
    return network


def labels(count: int) -> torch.Tensor:
    return torch.randn(count, 3, 128, 128, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("norm_stats", ["running", "instance"])
def test_tiles_of_a_batch_do_not_mix(trained, norm_stats):
    prepare_inference(trained, norm_stats)
    x = labels(3)
    with torch.inference_mode():
        together, alone = trained(x), trained(x[1:2])
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-4)


def test_instance_statistics_are_those_of_training_mode_with_one_image(trained):
    x = labels(1)
    with torch.inference_mode():
        ours = prepare_inference(trained, "instance")(x)
        trained.train()
        for layer in trained.modules():
            if isinstance(layer, Dropout):
                layer.p = 0.0
        original = trained(x)
    torch.testing.assert_close(ours, original, atol=1e-5, rtol=1e-4)


def test_running_and_instance_statistics_differ(trained):
    x = labels(1)
    with torch.inference_mode():
        running = prepare_inference(trained, "running")(x)
        instance = prepare_inference(trained, "instance")(x)
    assert (running - instance).abs().max() > 1e-3


def test_training_after_inference_uses_batch_statistics_again():
    layer = BatchNorm(1)
    prepare_inference(layer, "instance")
    layer.train()
    x = torch.tensor([0.0, 2.0]).reshape(2, 1, 1, 1)
    torch.testing.assert_close(layer(x).flatten(), torch.tensor([-1.0, 1.0]))


def test_dropout_is_off_at_inference_unless_seeded(trained):
    x = labels(1)
    with torch.inference_mode():
        assert torch.equal(prepare_inference(trained)(x), prepare_inference(trained)(x))
        assert not torch.equal(
            prepare_inference(trained)(x), prepare_inference(trained, dropout_seeds=[1])(x)
        )


def test_a_sample_depends_on_its_own_seed_only():
    layer = prepare_inference(Dropout("a"), dropout_seeds=[7, 8])
    pair = layer(torch.ones(2, 4, 4, 4))
    alone = prepare_inference(layer, dropout_seeds=[8])(torch.ones(1, 4, 4, 4))
    assert torch.equal(pair[1:], alone)
    assert not torch.equal(pair[0], pair[1])


def test_seeded_dropout_halves_and_doubles():
    layer = prepare_inference(Dropout("a"), dropout_seeds=[3])
    dropped = layer(torch.ones(1, 64, 16, 16))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert abs(dropped.mean().item() - 1) < 0.05


def test_layers_of_different_name_drop_different_places():
    first, second = (prepare_inference(Dropout(name), dropout_seeds=[3]) for name in "ab")
    x = torch.ones(1, 8, 8, 8)
    assert not torch.equal(first(x), second(x))


def test_seeds_must_match_the_batch():
    layer = prepare_inference(nn.Sequential(Dropout("a")), dropout_seeds=[1])
    with pytest.raises(ValueError, match="1 dropout seeds for a batch of 2"):
        layer(torch.ones(2, 1, 2, 2))


@pytest.mark.parametrize("count", [1, 3])
def test_instance_norm_is_torchs_wherever_channels_lie(count):
    x = torch.randn(count, 5, 6, 7, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    found = []
    for layer, layout in (
        (nn.InstanceNorm2d(5), torch.contiguous_format),
        (InstanceNorm(5), torch.channels_last),
        (InstanceNorm(5), torch.contiguous_format),
    ):
        given = x.to(memory_format=layout, copy=True).requires_grad_()
        made = layer(given)
        (slope,) = torch.autograd.grad(made.tanh().square().sum(), given, create_graph=True)
        slope.square().sum().backward()  # as a penalty of the slope does
        found.append([made.detach(), slope.detach(), given.grad])
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])
