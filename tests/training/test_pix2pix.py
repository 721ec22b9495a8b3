"""One step against the textbook, and what a step leaves alone."""

import copy
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cytoforge.compute import convolution
from cytoforge.compute.steps import Batch
from cytoforge.models.pix2pix.model import Pix2Pix
from cytoforge.networks.labels import encode_labels
from tests.training.small_pix2pix import (
    N_CODES,
    batch,
    close_gradients,
    close_losses,
    close_networks,
    model,
    one_hot,
    textbook_of,
)


def same_step(ours: Pix2Pix, x: torch.Tensor, real: torch.Tensor) -> None:
    """Take one step of both, and compare losses, gradients, weights and running statistics."""
    book = textbook_of(ours, x.shape[1], real.shape[1])
    torch.manual_seed(1)
    losses = ours.step(batch(), 0)
    torch.manual_seed(1)  # the same dropout and the same mixtures
    expected = book.step(x, real)
    close_losses(losses, expected)
    for name, network in book.networks.items():
        close_networks(ours.networks[name], network)


@pytest.mark.usefixtures("plain_convolutions")
@pytest.mark.parametrize("gan_mode", ["vanilla", "lsgan", "wgan_gp"])
@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("generator", ["unet_128", "resnet_6"])
def test_a_step_is_the_textbooks(tiny_config, gan_mode, norm, generator):
    config = tiny_config(
        gan_mode=gan_mode, norm=norm, generator=generator, lambda_l1=10, lambda_gan=0.7
    )
    same_step(model(config), one_hot(batch()["labels"]), batch()["images"])


@pytest.mark.usefixtures("plain_convolutions")
@pytest.mark.parametrize("gan_mode", ["lsgan", "wgan_gp"])
def test_a_step_with_the_pixel_discriminator_is_the_textbooks(tiny_config, gan_mode):
    config = tiny_config(discriminator="pixel", gan_mode=gan_mode)
    same_step(model(config), one_hot(batch()["labels"]), batch()["images"])


@pytest.mark.usefixtures("plain_convolutions")
@pytest.mark.parametrize("generator", ["unet_128", "resnet_6"])
def test_a_step_from_images_to_labels_is_the_textbooks(tiny_config, generator):
    config = tiny_config(task="image_to_labels", generator=generator)
    same_step(model(config), batch()["images"], one_hot(batch()["labels"]) * 2 - 1)


@pytest.mark.parametrize("gan_mode", ["lsgan", "wgan_gp"])
@pytest.mark.parametrize("generator", ["unet_128", "resnet_6"])
def test_a_step_without_norms_is_the_textbooks(tiny_config, monkeypatch, gan_mode, generator):
    # No norm magnifies rounding: with our convolutions each weight's gradient is right by its own
    # size, which spans eleven orders of magnitude.
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 1)  # in such small networks too
    config = tiny_config(gan_mode=gan_mode, norm="none", generator=generator, lambda_l1=10)
    ours, book = model(config), textbook_of(model(config), N_CODES, 2)
    torch.manual_seed(1)
    losses = ours.step(batch(), 0)
    torch.manual_seed(1)
    close_losses(losses, book.step(one_hot(batch()["labels"]), batch()["images"]))
    for name, network in book.networks.items():
        close_gradients(ours.networks[name], network, 3e-5)  # 5e-6 were measured


@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_our_convolutions_leave_a_step_the_textbooks(tiny_config, monkeypatch, norm):
    # In double precision no norm magnifies rounding into a difference: what is left is algebra.
    monkeypatch.setattr(convolution, "FEWEST_WEIGHTS", 1)  # in such small networks too
    used = count_calls(monkeypatch, convolution, "_small")
    ours = model(tiny_config(norm=norm, lambda_l1=10))
    book = textbook_of(ours, N_CODES, 2)
    for network in (*ours.networks.values(), *book.networks.values()):
        network.double()
    monkeypatch.setattr(
        Pix2Pix, "condition", lambda self, planes, draws: one_hot(planes["labels"]).double()
    )
    tiles = Batch({**batch().planes, "images": batch()["images"].double()})
    torch.manual_seed(1)
    ours.step(tiles, 0)
    torch.manual_seed(1)
    book.step(one_hot(tiles["labels"]).double(), tiles["images"])
    assert True in used
    for name, network in book.networks.items():
        close_networks(ours.networks[name], network)


def count_calls(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[bool]:
    """Return a list that each call of a function adds its result to."""
    original, results = getattr(module, name), []

    def noted(*arguments):
        results.append(original(*arguments))
        return results[-1]

    monkeypatch.setattr(module, name, noted)
    return results


def test_a_step_over_micro_batches_is_that_of_the_whole(tiny_config):
    # What a whole batch would mix (batch norm) or draw at another place (dropout) is left out.
    config = tiny_config(gan_mode="wgan_gp", norm="instance", dropout=False)
    whole = model(config)
    parted = model(config, micro_batches=2)
    for each in (whole, parted):
        torch.manual_seed(1)
        each.step(batch(), 0)
    for name, network in whole.networks.items():
        close_networks(parted.networks[name], network)


def test_the_discriminator_is_shown_older_images_with_their_label_maps(tiny_config):
    trained = model(tiny_config(pool_size=1, norm="instance", dropout=False))
    first = batch()
    second = Batch({name: plane.flip(0) for name, plane in first.planes.items()})
    trained.step(first, 0)
    old = trained.pool.images.clone()
    torch.manual_seed(0)  # of these two draws the first hands on the old image
    assert (torch.rand(2) < 0.5).tolist() == [True, False]
    judged = copy.deepcopy(trained.networks["discriminator"])
    fake = trained.networks["generator"](one_hot(second["labels"])).detach()
    new = torch.cat([one_hot(second["labels"]), fake], 1)
    torch.manual_seed(0)
    found = trained.step(second, 1)["d_fake"]
    expected = F.softplus(judged(torch.cat([old, new[1:]]))).mean()
    torch.testing.assert_close(found, expected)


def test_the_pool_is_part_of_the_state(tiny_config):
    first, second = (model(tiny_config(pool_size=3)) for _ in range(2))
    first.step(batch(), 0)
    second.load_extra_state(first.extra_state())
    assert torch.equal(second.pool.images, first.pool.images)
    assert first.pool.images.shape == (2, N_CODES + 2, 128, 128)


def test_batch_norm_is_no_part_of_a_wasserstein_discriminator(tiny_config):
    norms = {
        mode: sum(
            isinstance(layer, nn.BatchNorm2d)
            for layer in model(tiny_config(gan_mode=mode)).networks["discriminator"].modules()
        )
        for mode in ("vanilla", "wgan_gp")
    }
    assert norms == {"vanilla": 1, "wgan_gp": 0}


def test_predicted_label_maps_have_a_channel_per_code(tiny_config):
    trained = model(tiny_config(task="image_to_labels"))
    tiles = batch()
    made = trained.sample(trained.sampler, tiles.planes, [0, 1])
    assert made.shape == (2, N_CODES, 128, 128)
    targets = trained.sampler.target(tiles.planes)
    assert targets.unique().tolist() == [-1, 1]
    assert torch.equal(targets.argmax(1), tiles["labels"].long())


def test_it_learns_to_predict_labels(tiny_config):
    config = tiny_config(task="image_to_labels", dropout=False, learning_rate=5e-3)
    trained = model(config, channels=1)
    labels = batch()["labels"].repeat_interleave(16, 1).repeat_interleave(16, 2)[:, :128, :128]
    tiles = Batch({"labels": labels, "images": labels[:, None] - 1.0})
    for step in range(30):
        trained.step(tiles, step)
    trained.networks["generator"].eval()
    predicted = trained.sample(trained.sampler, tiles.planes, [0, 1]).argmax(1)
    assert (predicted == labels).float().mean() > 0.8


def test_losses_are_named_and_detached(tiny_config):
    losses = model(tiny_config()).step(batch(), 0)
    assert list(losses) == ["g_gan", "g_l1", "d_real", "d_fake"]
    assert not any(loss.requires_grad for loss in losses.values())
    # An untrained discriminator is near logit 0 everywhere: ln 2.
    assert abs(float(losses["d_real"]) - 0.693) < 0.1


def test_the_discriminator_is_frozen_only_for_the_generators_step(tiny_config):
    trained = model(tiny_config())
    trained.step(batch(), 0)
    before = [weight.clone() for weight in trained.networks["discriminator"].parameters()]
    trained.step(batch(), 0)
    after = list(trained.networks["discriminator"].parameters())
    assert all(weight.requires_grad for weight in after)
    assert any(not torch.equal(b, a) for b, a in zip(before, after, strict=True))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("label_input", ["one_hot", "grey"])
def test_any_number_of_channels_and_both_label_inputs(tiny_config, channels, label_input):
    trained = model(tiny_config(label_input=label_input), channels)
    tiles = batch(channels)
    trained.step(tiles, 0)
    made = trained.sample(trained.sampler, tiles.planes, [0, 1])
    assert made.shape == tiles["images"].shape
    inputs = encode_labels(tiles["labels"], N_CODES, label_input).shape[1]
    assert trained.networks["discriminator"].blocks[0].in_channels == inputs + channels


def test_it_learns_a_picture_of_its_labels(tiny_config):
    trained = model(tiny_config(learning_rate=5e-3, dropout=False), channels=1)
    labels = batch()["labels"]
    labels = labels.repeat_interleave(16, 1).repeat_interleave(16, 2)[:, :128, :128]
    real = labels[:, None] / 2.0 - 0.5
    tiles = Batch({"labels": labels, "images": real})
    losses = [float(trained.step(tiles, step)["g_l1"]) for step in range(30)]
    assert losses[-1] < 0.5 * losses[0]


def test_channels_last_and_bf16_change_only_rounding(tiny_config):
    reference = model(tiny_config(dropout=False))
    expected = reference.step(batch(), 0)
    config = tiny_config(dropout=False, channels_last=True)
    losses = model(config, precision="bf16").step(batch(), 0)
    for name, loss in expected.items():
        assert abs(float(losses[name]) - float(loss)) < 0.02
