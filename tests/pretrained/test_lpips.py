"""LPIPS against the lpips package with the same trunk, and its behaviour without weights."""

import lpips
import pytest
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.lpips import TRUNKS, Lpips, Net, load_lpips, validation_lpips
from cytoforge.pretrained.trunk import Trunk, as_rgb
from cytoforge.pretrained.weights import Missing


def random_lpips(net: Net) -> Lpips:
    """LPIPS on a trunk of random weights, the same at every call."""
    torch.manual_seed(0)
    trunk = Trunk(TRUNKS[net])
    return Lpips(net, trunk.load(trunk.state_dict()))


def package_lpips(ours: Lpips) -> lpips.LPIPS:
    """The lpips package's own network with our trunk's weights."""
    theirs = lpips.LPIPS(net=ours.net, pnet_rand=True, verbose=False)
    state = ours.trunk.features.state_dict()
    # Theirs are called slice<k>.<torchvision's number>.weight.
    names = theirs.net.state_dict()
    theirs.net.load_state_dict({name: state[name.split(".", 1)[1]] for name in names})
    return theirs


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_agrees_with_the_lpips_package(net: Net):
    ours = random_lpips(net)
    x, y = torch.rand(2, 3, 64, 80), torch.rand(2, 3, 64, 80)
    with torch.no_grad():
        expected = package_lpips(ours)(x, y, normalize=True).flatten()
    assert torch.allclose(ours(x, y), expected, rtol=1e-4)


def test_grey_channels_are_repeated_and_averaged():
    ours = random_lpips("alex")
    x, y = torch.rand(1, 2, 64, 64), torch.rand(1, 2, 64, 64)
    single = [ours(x[:, [c] * 3], y[:, [c] * 3]).item() for c in range(2)]
    assert ours(x, y).item() == pytest.approx(sum(single) / 2, rel=1e-5)


def test_three_channels_are_one_picture_only_on_request():
    x = torch.rand(2, 3, 4, 4)
    assert as_rgb(x, rgb=True).shape == (2, 3, 4, 4)
    assert torch.equal(as_rgb(x, rgb=False)[1], x[0, 1].expand(3, 4, 4))


def test_identical_images_have_distance_zero():
    x = torch.rand(2, 3, 64, 64)
    assert torch.equal(random_lpips("alex")(x, x), torch.zeros(2))


def test_without_weights_it_says_so(no_weights: None):
    assert isinstance(load_lpips("vgg", MetricsConfig()), Missing)
    found = validation_lpips(MetricsConfig())
    assert isinstance(found, Missing)
    assert str(found).startswith("skipped: alexnet_features")


@pytest.mark.parametrize(("net", "bounds"), [("alex", (0.2, 1.2)), ("vgg", (0.2, 1.2))])
def test_real_weights_rank_blur_before_noise(net: Net, bounds: tuple[float, float], shared_data):
    # LPIPS of an ImageNet trunk: strong noise is far, a shift by one grey value is next to nothing.
    found = load_lpips(net, MetricsConfig(weights_dir=str(shared_data / "weights")))
    assert isinstance(found, Lpips)
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.4
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert bounds[0] < found(x, noise).item() < bounds[1]
    assert found(x, x + 1 / 255).item() < 0.01


def test_the_validation_form_is_a_mean(shared_data):
    score = validation_lpips(MetricsConfig(weights_dir=str(shared_data / "weights")))
    assert callable(score)
    fake, real = torch.rand(2, 2, 64, 64), torch.rand(2, 2, 64, 64)
    assert score(fake, real) == pytest.approx(
        (score(fake[:1], real[:1]) + score(fake[1:], real[1:])) / 2, rel=1e-4
    )
