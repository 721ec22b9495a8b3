"""One step against the textbook, written straight from the paper's equations."""

import copy

import pytest
import torch
import torch.nn.functional as F

from cytoforge.networks.labels import encode_labels
from cytoforge.training.model import ModelSetup
from cytoforge.training.pix2pix import Pix2Pix

CPU = torch.device("cpu")
N_CODES = 3


def batch(channels: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    labels = torch.randint(0, N_CODES, (2, 128, 128), generator=random, dtype=torch.uint8)
    return labels, torch.rand(2, channels, 128, 128, generator=random) * 2 - 1


def model(config, channels: int = 2) -> Pix2Pix:
    return Pix2Pix(ModelSetup(config, N_CODES, channels, seed=5, device=CPU))


def textbook_step(model: Pix2Pix, labels: torch.Tensor, real: torch.Tensor) -> None:
    """D on real and detached fake, halved; then G with lambda × L1; plain Adam from the paper."""
    config = model.config
    generator, discriminator = model.generator, model.discriminator

    def adversarial(logits: torch.Tensor, target: float) -> torch.Tensor:
        if config.gan_mode == "lsgan":
            return ((logits - target) ** 2).mean()
        probability = torch.sigmoid(logits)
        return -(probability if target else 1 - probability).log().mean()

    x = F.one_hot(labels.long(), N_CODES).permute(0, 3, 1, 2).float()
    fake = generator(x)
    d_loss = 0.5 * (
        adversarial(discriminator(torch.cat([x, fake.detach()], 1)), 0.0)
        + adversarial(discriminator(torch.cat([x, real], 1)), 1.0)
    )
    adam_first_step(discriminator, d_loss, config)
    g_loss = config.lambda_gan * adversarial(discriminator(torch.cat([x, fake], 1)), 1.0)
    g_loss = g_loss + config.lambda_l1 * (fake - real).abs().mean()
    adam_first_step(generator, g_loss, config)


def adam_first_step(network: torch.nn.Module, loss: torch.Tensor, config) -> None:
    weights = list(network.parameters())
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            # Both moments divided by 1 − beta^1 are the gradient and its square.
            weight -= config.learning_rate * gradient / (gradient.abs() + 1e-8)
            weight.grad = gradient


@pytest.mark.parametrize("gan_mode", ["vanilla", "lsgan"])
def test_a_step_is_the_textbooks(tiny_config, gan_mode):
    ours = model(tiny_config(gan_mode=gan_mode, lambda_l1=10, lambda_gan=0.7))
    book = copy.deepcopy(ours)
    labels, real = batch()
    torch.manual_seed(1)
    ours.step(labels, real)
    torch.manual_seed(1)  # the same dropout
    textbook_step(book, labels, real)
    for name, network in ours.networks.items():
        pairs = zip(network.parameters(), book.networks[name].parameters(), strict=True)
        for mine, theirs in pairs:
            assert mine.grad is not None
            scale = float(theirs.grad.abs().max())
            torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-5 * scale, rtol=1e-5)
            clear = theirs.grad.abs() > 1e-4 * scale  # Adam's first step is a sign: noise elsewhere
            torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-6, rtol=1e-5)


def test_losses_are_named_and_detached(tiny_config):
    losses = model(tiny_config()).step(*batch())
    assert list(losses) == ["g_gan", "g_l1", "d_real", "d_fake"]
    assert not any(loss.requires_grad for loss in losses.values())
    # An untrained discriminator is near logit 0 everywhere: ln 2.
    assert abs(float(losses["d_real"]) - 0.693) < 0.1


def test_the_discriminator_is_frozen_only_for_the_generators_step(tiny_config):
    trained = model(tiny_config())
    trained.step(*batch())
    before = [weight.clone() for weight in trained.discriminator.parameters()]
    trained.step(*batch())
    after = list(trained.discriminator.parameters())
    assert all(weight.requires_grad for weight in after)
    assert any(not torch.equal(b, a) for b, a in zip(before, after, strict=True))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("label_input", ["one_hot", "grey"])
def test_any_number_of_channels_and_both_label_inputs(tiny_config, channels, label_input):
    trained = model(tiny_config(label_input=label_input), channels)
    labels, real = batch(channels)
    trained.step(labels, real)
    assert trained.generate(trained.generator, labels).shape == real.shape
    inputs = encode_labels(labels, N_CODES, label_input).shape[1]
    assert trained.discriminator.blocks[0].in_channels == inputs + channels


def test_it_learns_a_picture_of_its_labels(tiny_config):
    trained = model(tiny_config(learning_rate=5e-3, dropout=False), channels=1)
    labels, _ = batch()
    labels = labels.repeat_interleave(16, 1).repeat_interleave(16, 2)[:, :128, :128]
    real = labels[:, None] / 2.0 - 0.5
    losses = [float(trained.step(labels, real)["g_l1"]) for _ in range(30)]
    assert losses[-1] < 0.5 * losses[0]


def test_channels_last_and_bf16_change_only_rounding(tiny_config):
    labels, real = batch()
    reference = model(tiny_config(dropout=False))
    expected = reference.step(labels, real)
    config = tiny_config(dropout=False, channels_last=True)
    setup = ModelSetup(config, N_CODES, 2, 5, CPU, precision="bf16")
    losses = Pix2Pix(setup).step(labels, real)
    for name, loss in expected.items():
        assert abs(float(losses[name]) - float(loss)) < 0.02
