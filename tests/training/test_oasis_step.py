"""One step of OASIS against the textbook implementation."""

import pytest
import torch
from torch import nn

from benchmarks.textbook.oasis_networks import SpectralConv
from cytoforge.models.oasis.model import Oasis
from tests.training.small_oasis import (
    batch,
    gradients_of,
    model,
    named_like_the_textbook,
    textbook,
)

VARIANTS = {
    "oasis": {},
    "usis": {"supervision": "usis"},
    "wavelet generator": {"generator": "wavelet"},
    "both discriminators": {"wavelet_discriminator": True},
    "same fakes": {"fresh_fakes": False, "wavelet_discriminator": True},
    "instance norm, no LabelMix": {"spade_norm": "instance", "lambda_labelmix": 0},
    "lazy R1": {"supervision": "usis", "r1_every": 4},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("step", [0, 1])
def test_a_step_is_the_textbooks(variant, step):
    same_step(model(**VARIANTS[variant]), step)


def test_a_step_without_spectral_norm_is_the_textbooks(monkeypatch):
    # `fast` has none; in the textbook it is then a plain convolution.
    monkeypatch.setattr(SpectralConv, "forward", nn.Conv2d.forward)
    same_step(model(spectral_norm=False, init_gain=1), 0)


def same_step(ours: Oasis, step: int) -> None:
    """Take one step of both, and compare losses, gradients and weights."""
    book = textbook(ours, ours.config)
    for name, optimiser in ours.optimisers.items():  # what the loop does before every step
        optimiser.param_groups[0]["lr"] = ours.config.learning_rate * ours.rates[name]
    applied: dict[str, dict[str, torch.Tensor]] = {}  # the textbook's gradients at its updates
    for name, optimiser in book.optimisers.items():
        optimiser.register_step_pre_hook(
            lambda *_, name=name: applied.update({name: gradients_of(book.networks[name])})
        )
    torch.manual_seed(1)
    found = ours.step(batch(), step)
    torch.manual_seed(1)  # the same noise and the same bits of LabelMix
    expected = book.step(batch()["labels"], batch()["images"], step)
    for name, loss in found.items():
        torch.testing.assert_close(loss, expected[name], atol=1e-6, rtol=1e-5)
    for name, network in ours.networks.items():
        close_networks(network, book.networks[name], applied[name])


def close_networks(ours: nn.Module, book: nn.Module, applied: dict[str, torch.Tensor]) -> None:
    """Compare gradients with those the textbook's optimiser applied, and weights after them."""
    weights = dict(book.named_parameters())
    gradients = dict(named_like_the_textbook(ours, "gradients"))
    largest = max(float(gradient.abs().max()) for gradient in applied.values())
    for key, mine in named_like_the_textbook(ours, "weights"):
        theirs, gradient = weights[key], applied[key]
        scale = float(gradient.abs().max())
        # Biases before a norm, which takes any shift away, have gradients of rounding alone.
        close = {"atol": 1e-5 * scale + 1e-6 * largest, "rtol": 1e-5}
        torch.testing.assert_close(gradients[key], gradient, **close)
        if scale < 1e-4 * largest:
            continue
        clear = gradient.abs() > 1e-3 * scale  # Adam's first step is a sign: noise elsewhere
        torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-6, rtol=1e-5)
