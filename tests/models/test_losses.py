"""Losses of a handful of logits, by hand."""

import math

import pytest
import torch
from torch import nn

from cytoforge.models.losses import (
    adversarial_loss,
    gradient_difference,
    gradient_penalty,
    l1_of_means,
)
from cytoforge.networks.patchgan import PatchGAN

LOGITS = torch.tensor([0.0, 2.0]).reshape(1, 1, 1, 2)


@pytest.mark.parametrize(
    ("mode", "real", "expected"),
    [
        ("vanilla", True, (math.log(2) + math.log(1 + math.exp(-2))) / 2),
        ("vanilla", False, (math.log(2) + math.log(1 + math.exp(2))) / 2),
        ("lsgan", True, (1 + 1) / 2),
        ("lsgan", False, (0 + 4) / 2),
        ("wgan_gp", True, -1.0),
        ("wgan_gp", False, 1.0),
    ],
)
def test_two_logits(mode, real, expected):
    assert float(adversarial_loss(LOGITS, real, mode)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("mode", ["vanilla", "lsgan", "wgan_gp"])
def test_losses_of_bf16_logits_are_float32(mode):
    assert adversarial_loss(LOGITS.bfloat16(), True, mode).dtype == torch.float32


def test_means_of_squares_see_brightness_and_not_texture():
    chequered = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).tile(1, 1, 4, 4)  # (1, 1, 8, 8)
    flat = torch.zeros(1, 1, 8, 8)
    assert l1_of_means(chequered, flat, 1).item() == 1
    assert l1_of_means(chequered, flat, 4).item() == 0
    assert l1_of_means(chequered + 0.25, flat, 4).item() == 0.25


RAMP = torch.arange(8.0).expand(1, 1, 8, 8)  # rises by 1 per px to the right


def test_slopes_are_compared_whichever_way_they_fall():
    # Central differences span 2 px; the outermost line of the smoothed image, whose means have
    # fewer pixels, reaches the outer two of the six columns: (4 × 2 + 2 × 1.5) / 6.
    flat = torch.zeros(1, 1, 8, 8)
    assert gradient_difference(RAMP, flat).item() == pytest.approx((4 * 2 + 2 * 1.5) / 6, rel=2e-3)
    assert gradient_difference(RAMP, -RAMP).item() == 0


def test_a_flat_image_is_pushed_towards_texture_of_the_real_strength():
    real = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    faint = (0.5 * real).requires_grad_()
    gradient_difference(faint, real).backward()
    stronger = faint.detach() - 0.1 * faint.grad * faint.numel() ** 0.5
    before, after = (gradient_difference(image, real) for image in (faint.detach(), stronger))
    assert after < before


def test_the_slope_of_nothing_is_a_number():
    flat = torch.zeros(1, 1, 8, 8, requires_grad=True)
    gradient_difference(flat, RAMP).backward()
    assert torch.isfinite(flat.grad).all()


def penalty_of(critic, batch: int = 1, shares: tuple[float, ...] = (0.25,)) -> torch.Tensor:
    condition = torch.full((batch, 1, 2, 2), 7.0)
    real, fake = torch.ones(batch, 1, 2, 2), torch.zeros(batch, 1, 2, 2)
    return gradient_penalty(critic, condition, real, fake, torch.tensor(shares).view(-1, 1, 1, 1))


def test_the_slope_of_a_linear_critic_is_its_weight():
    # Each of 4 logits is 3 × its pixel (and 100 × the condition, which is held still), so the
    # slope of their mean is (3/4, 3/4, 3/4, 3/4), of length 3/2.
    def critic(pair: torch.Tensor) -> torch.Tensor:
        return 100 * pair[:, :1] + 3 * pair[:, 1:]

    assert penalty_of(critic).item() == pytest.approx((1.5 - 1) ** 2)


def test_a_critic_of_slope_one_costs_nothing():
    assert penalty_of(lambda pair: 2 * pair[:, 1:]).item() == pytest.approx(0)


def test_mixtures_lie_between_fake_and_real_by_each_ones_share():
    seen = []

    def critic(pair: torch.Tensor) -> torch.Tensor:
        seen.append(pair.detach())
        return pair[:, 1:]

    penalty_of(critic, batch=2, shares=(0.25, 1.0))
    assert seen[0][:, 1, 0, 0].tolist() == [0.25, 1.0]  # real is 1, fake 0
    assert (seen[0][:, 0] == 7).all()


def test_every_image_counts_by_itself():
    # f = x² on every pixel: the slope of the mean is x / 2 a pixel, of length x.
    two = penalty_of(lambda pair: pair[:, 1:] ** 2, batch=2, shares=(0.5, 1.0))
    assert two.item() == pytest.approx(((0.5 - 1) ** 2 + (1 - 1) ** 2) / 2)


def test_the_penalty_pulls_the_slope_towards_one():
    # f = mean of w x: slope w / 2 by 4 pixels; d/dw (w/2 − 1)² = w/2 − 1.
    weight = nn.Parameter(torch.tensor(4.0))
    penalty_of(lambda pair: weight * pair[:, 1:]).backward()
    assert float(weight.grad) == pytest.approx(1.0)


def test_a_networks_slope_is_that_of_small_differences():
    torch.manual_seed(0)
    critic = PatchGAN(2, filters=4, n_layers=1, norm="instance").double()
    random = torch.Generator().manual_seed(1)
    condition, real, fake = (
        torch.rand(1, 1, 16, 16, dtype=torch.double, generator=random) for _ in range(3)
    )
    share = torch.full((1, 1, 1, 1), 0.5, dtype=torch.double)
    penalty = gradient_penalty(critic, condition, real, fake, share).item()
    mixed, tiny = (real + fake) / 2, 1e-5

    def verdict(image: torch.Tensor) -> float:
        return critic(torch.cat([condition, image], 1)).mean().item()

    slopes = []
    for place in range(256):
        nudge = torch.zeros(256, dtype=torch.double)
        nudge[place] = tiny
        nudge = nudge.view_as(mixed)
        slopes.append((verdict(mixed + nudge) - verdict(mixed - nudge)) / (2 * tiny))
    length = math.sqrt(sum(slope**2 for slope in slopes))
    assert penalty == pytest.approx((length - 1) ** 2, rel=1e-5)
