"""The VGG loss against the textbook's, with random weights, and its behaviour without weights."""

import pytest
import torch

from benchmarks.textbook.pix2pixhd import Vgg19Loss
from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.vgg_loss import VggLoss, training_vgg_loss


@pytest.fixture(scope="module")
def pair() -> tuple[VggLoss, Vgg19Loss]:
    torch.manual_seed(0)
    book = Vgg19Loss()
    return VggLoss("vgg19").load(book.state_dict()), book


def images(channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    fake, real = (torch.rand(2, channels, 32, 48, generator=random) * 2 - 1 for _ in range(2))
    return fake.requires_grad_(), real


def test_is_the_textbooks_with_its_gradient(pair):
    ours, book = pair
    fake, real = images(3)
    expected = book(fake, real)
    (slope,) = torch.autograd.grad(expected, fake)
    made = ours(fake, real)
    # The constants restated for [-1, 1] have three digits.
    torch.testing.assert_close(made, expected, rtol=1e-3, atol=0)
    (own,) = torch.autograd.grad(made, fake)
    assert torch.nn.functional.cosine_similarity(own.flatten(), slope.flatten(), 0) > 0.999


def test_channels_are_compared_as_grey_images(pair):
    ours, _ = pair
    fake, real = images(2)
    grey = [ours(fake[:, [c] * 3], real[:, [c] * 3]) for c in range(2)]
    torch.testing.assert_close(ours(fake, real), sum(grey) / 2)


def test_equal_images_cost_nothing_and_weights_never_learn(pair):
    ours, _ = pair
    fake, real = images(1)
    assert ours(real, real) == 0
    ours(fake, real).backward()
    assert fake.grad.abs().sum() > 0
    assert not any(weight.requires_grad for weight in ours.parameters())


def test_vgg16_has_the_same_places_in_torchvisions_numbering():
    assert VggLoss("vgg16").ends == [1, 6, 11, 18, 25]
    assert VggLoss("vgg19").ends == [1, 6, 11, 20, 29]


def test_without_weights_it_says_so(no_weights: None, capsys: pytest.CaptureFixture[str]):
    assert training_vgg_loss(MetricsConfig()) is None
    assert "VGG loss skipped: vgg16_features" in capsys.readouterr().out


def test_real_weights_are_found(shared_data, capsys: pytest.CaptureFixture[str]):
    loss = training_vgg_loss(MetricsConfig(weights_dir=str(shared_data / "weights")))
    assert "VGG loss: vgg" in capsys.readouterr().out
    fake, real = images(2)
    assert 0 < loss(0.9 * real, real) < loss(fake, real)
