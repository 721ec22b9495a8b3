"""OASIS's losses against numbers that can be worked out by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cytoforge.models.losses import r1_penalty
from cytoforge.models.oasis.label_mix import consistency_loss, draw_bits, mask_of, mix
from cytoforge.models.oasis.mask_loss import mask_loss
from cytoforge.models.oasis.segmentation_loss import code_weights, fake_loss, segmentation_loss

# 8 pixels: code 0 six times, code 2 twice, code 1 and 3 absent.
LABELS = torch.tensor([[[0, 0, 0, 0], [0, 0, 2, 2]]], dtype=torch.uint8)


def test_weights_are_pixels_by_present_codes_and_pixels_of_the_code():
    torch.testing.assert_close(
        code_weights(LABELS, 4), torch.tensor([8 / (2 * 6), 0, 8 / (2 * 2), 0])
    )


def test_the_mean_weight_is_one_whatever_the_shares():
    weights = code_weights(LABELS, 4)
    assert weights[LABELS.long()].mean() == 1


def test_code_0_counts_like_any_other():
    # The medical original gave it weight 0, and the outline of what it segments drifted.
    assert code_weights(LABELS, 4)[0] > 0


def test_an_ignored_code_counts_nothing_and_is_not_present():
    weights = code_weights(LABELS, 4, ignore_code=0)
    torch.testing.assert_close(weights, torch.tensor([0.0, 0, 8 / 2, 0]))
    assert code_weights(LABELS, 4, balanced=False, ignore_code=0).tolist() == [0, 1, 1, 1]


def test_nothing_but_ignored_pixels_is_no_error():
    assert code_weights(torch.zeros_like(LABELS), 4, ignore_code=0).tolist() == [0, 0, 0, 0]


def test_processes_weigh_by_the_pixels_of_all():
    halves = LABELS[:, :1], LABELS[:, 1:]
    counts = []
    for half in halves:
        code_weights(half, 4, sum_over_ranks=lambda own: counts.append(own) or own)
    weights = [code_weights(half, 4, sum_over_ranks=lambda own: sum(counts)) for half in halves]
    assert torch.equal(weights[0], code_weights(LABELS, 4))
    assert torch.equal(weights[0], weights[1])


def test_segmentation_loss_by_hand():
    logits = torch.zeros(1, 5, 2, 4)
    logits[:, 3] = math.log(4)  # code 2: probability 4/8 against 1/8 of the others
    loss = segmentation_loss(logits, LABELS, torch.tensor([1.0, 0, 3, 0]))
    expected = (6 * 1 * math.log(8) + 2 * 3 * math.log(2)) / 8
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-6)


def test_fake_is_output_0():
    logits = torch.zeros(2, 5, 3, 3)
    logits[:, 0] = math.log(12)  # 12/16
    assert float(fake_loss(logits)) == pytest.approx(math.log(16 / 12), rel=1e-6)


def test_each_tile_draws_a_bit_a_code():
    labels = torch.arange(8, dtype=torch.uint8).repeat(20, 1)[:, None]  # (20, 1, 8)
    torch.manual_seed(0)
    mask = mask_of(draw_bits(20, 8), labels)[:, 0, 0]  # (20, 8): the bits themselves
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert len(mask.unique(dim=0)) > 10
    # In-place replacement code by code, as published, redraws code 0 when its bit was 1 and never
    # when 0, and so on: codes would not be 1 half of the time.
    assert all(0.2 < share < 0.8 for share in mask.mean(0).tolist())


def test_pixels_of_a_code_stay_together():
    labels = torch.randint(0, 4, (3, 8, 8), dtype=torch.uint8)
    mask = mask_of(draw_bits(3, 4), labels)[:, 0]
    for tile, own in zip(labels, mask, strict=True):
        assert all(len(own[tile == code].unique()) == 1 for code in tile.unique())


def test_every_pixel_looks_up_its_codes_bit():
    bits = torch.tensor([[1, 0, 0, 1]])
    assert torch.equal(mask_of(bits, LABELS)[0, 0], bits[0][LABELS[0].long()].float())


def test_a_mixed_image_is_real_where_the_mask_is_1():
    mask = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    real, fake = torch.full((1, 2, 1, 2), 5.0), torch.full((1, 2, 1, 2), -3.0)
    assert mix(mask, real, fake).flatten().tolist() == [5, -3, 5, -3]


def test_consistency_is_a_mean_square_that_teaches_all_three_verdicts():
    mask = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    on_mixed, on_real, on_fake = (
        torch.full((1, 1, 1, 2), value, requires_grad=True) for value in (0.0, 1.0, 3.0)
    )
    loss = consistency_loss(mask, on_mixed, on_real, on_fake)
    assert float(loss.detach()) == (1 + 9) / 2
    loss.backward()
    assert on_mixed.grad.flatten().tolist() == [-1, -3]
    assert on_real.grad.flatten().tolist() == [1, 0]
    assert on_fake.grad.flatten().tolist() == [0, 3]


class Slope(nn.Module):
    """D(x) = Σ slope · x: the gradient is the slope everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([3.0, 4.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x * self.slope[:, None, None]).sum((1, 2, 3))[:, None]


def test_r1_is_half_gamma_times_the_squared_slope():
    discriminator = Slope()
    penalty = r1_penalty(discriminator, torch.randn(5, 2, 1, 1), gamma=10)
    assert float(penalty.detach()) == pytest.approx(10 / 2 * (9 + 16))
    penalty.backward()
    assert discriminator.slope.grad.tolist() == pytest.approx([30, 40])  # γ/2 · 2 · slope


def test_r1_is_computed_in_float32():
    discriminator = Slope()
    with torch.autocast("cpu", torch.bfloat16):
        penalty = r1_penalty(discriminator, torch.randn(5, 2, 1, 1).bfloat16(), gamma=10)
    assert penalty.dtype == torch.float32 and float(penalty.detach()) == pytest.approx(125)


def image(*unit: float) -> torch.Tensor:
    """One row of pixels of one channel, given in [0, 1]."""
    return torch.tensor(unit).view(1, 1, 1, -1) * 2 - 1


def test_mask_loss_by_hand():
    # Sigmoids of (x − 0.5) / 0.1 at 0.5 and 1: 1/2 and 1 / (1 + e^-5). Cells: the first pixel.
    labels = torch.tensor([[[1, 0]]], dtype=torch.uint8)
    bright = 1 / (1 + math.exp(-5))
    dice = (2 * 0.5 + 1) / (0.5 + bright + 1 + 1)
    loss = mask_loss(image(0.5, 1.0), labels, threshold=0.5, softness=0.1)
    assert float(loss.detach()) == pytest.approx(1 - dice, rel=1e-5)


def test_mask_loss_has_a_gradient_towards_the_label_map():
    # The original's went through uint8 and had none at all.
    made = image(0.3, 0.3).requires_grad_()
    labels = torch.tensor([[[1, 0]]], dtype=torch.uint8)
    mask_loss(made, labels, threshold=0.3, softness=0.1).backward()
    cell, gap = made.grad.flatten().tolist()
    assert cell < 0 < gap  # brighter in cells, darker outside
    # s = 1/2 each: 1 − (2 s₁ + 1) / (s₁ + s₂ + 2), d/ds₁ = −4/9, d/ds₂ = 2/9; ds/dx = 1/4 / 0.1 / 2
    assert cell == pytest.approx(-4 / 9 * 1.25, rel=1e-4)
    assert gap == pytest.approx(2 / 9 * 1.25, rel=1e-4)


def test_mask_loss_judges_each_image_by_itself():
    labels = torch.tensor([[[1, 0]], [[1, 1]]], dtype=torch.uint8)
    both = torch.cat([image(0.9, 0.1), image(0.2, 0.1)])
    single = [mask_loss(both[k : k + 1], labels[k : k + 1], 0.2, 0.05) for k in range(2)]
    together = mask_loss(both, labels, 0.2, 0.05)
    torch.testing.assert_close(together, (single[0] + single[1]) / 2)


def test_a_dark_tile_without_cells_is_right():
    dark, no_cells = image(0.0, 0.0), torch.zeros(1, 1, 2, dtype=torch.uint8)
    assert float(mask_loss(dark, no_cells, 0.5, 0.05)) < 1e-3


def test_background_may_have_several_codes():
    labels = torch.tensor([[[0, 1, 2]]], dtype=torch.uint8)
    made = image(0.0, 0.0, 1.0)
    right, wrong = (mask_loss(made, labels, 0.5, 0.01, codes) for codes in ((0, 1), (0,)))
    assert float(right) < 1e-3 < 0.1 < float(wrong)


def test_any_channel_makes_foreground():
    labels = torch.ones(1, 1, 1, dtype=torch.uint8)
    two = torch.cat([image(0.9), image(0.0)], dim=1)
    assert torch.equal(mask_loss(two, labels, 0.5, 0.1), mask_loss(image(0.9), labels, 0.5, 0.1))


def test_a_pixel_of_a_weight_is_cross_entropy():
    logits, labels = torch.randn(2, 5, 3, 4), torch.randint(0, 4, (2, 3, 4), dtype=torch.uint8)
    expected = F.cross_entropy(logits, labels.long() + 1)
    torch.testing.assert_close(segmentation_loss(logits, labels, torch.ones(4)), expected)
