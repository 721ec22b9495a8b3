"""One step of pix2pix at its published size, against the textbook's."""

import pytest
import torch

from cytoforge.compute import convolution
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.model import Pix2Pix
from tests.training.small_pix2pix import (
    CPU,
    close_gradients,
    close_losses,
    close_networks,
    one_hot,
    textbook_of,
)

N_CODES, SIDE = 8, 256


def tile() -> Batch:
    """One tile of codes in blocks of 16 × 16 px, and an image of noise."""
    random = torch.Generator().manual_seed(3)
    codes = (1, SIDE // 16, SIDE // 16)
    blocks = torch.randint(0, N_CODES, codes, generator=random, dtype=torch.uint8)
    labels = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2)
    real = torch.rand(1, 1, SIDE, SIDE, generator=random) * 2 - 1
    return Batch({"labels": labels, "images": real})


@pytest.mark.slow
@pytest.mark.skipif(
    not torch.cpu.get_capabilities().get("avx512_f"),
    reason="without AVX-512 convolutions round otherwise, and the bound was measured with it:"
    " 6e-3 of the largest gradient was seen",
)
def test_a_step_of_the_published_size_is_the_textbooks(monkeypatch):
    # As we train, with our own convolutions: half of the U-Net's are matrix products here.
    small, products = [], []
    count(monkeypatch, "_small", small)
    count(monkeypatch, "_products", products)
    ours = Pix2Pix(ModelSetup(Pix2PixConfig(), N_CODES, 1, seed=5, device=CPU))
    book = textbook_of(ours, N_CODES, 1)
    torch.manual_seed(1)
    losses = ours.step(tile(), 0)
    torch.manual_seed(1)  # the same dropout
    expected = book.step(one_hot(tile()["labels"], N_CODES), tile()["images"])
    assert True in small and products
    close_losses(losses, expected)
    for name, network in book.networks.items():
        close_networks(ours.networks[name], network)
        # Rounding, magnified by batch norm of 2 × 2 and 4 × 4 px: 3e-5 was measured.
        close_gradients(ours.networks[name], network, 1e-4)


def count(monkeypatch: pytest.MonkeyPatch, name: str, results: list[object]) -> None:
    """Note the result of each call of one of our convolutions' functions."""
    original = getattr(convolution, name)

    def noted(*arguments: object) -> object:
        results.append(original(*arguments))
        return results[-1]

    monkeypatch.setattr(convolution, name, noted)
