"""The yardstick itself, against the public implementation's numbers."""

import pytest
import torch
from torch import nn

from benchmarks.textbook.pix2pix import (
    ResNet,
    TextbookPix2Pix,
    UNet,
    copy_weights,
    patch_discriminator,
    pixel_discriminator,
)

WHOLE = {"filters": 64, "dropout": True}


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: UNet(3, 3, 8, norm="batch", **WHOLE), 54_413_955),
        (lambda: UNet(10, 1, 7, norm="batch", **WHOLE), 41_832_065),
        (lambda: UNet(3, 3, 8, norm="instance", **WHOLE), 54_409_603),
        (lambda: ResNet(3, 3, 9, norm="instance", **WHOLE), 11_378_179),
        (lambda: ResNet(3, 3, 6, norm="instance", **WHOLE), 7_837_699),
        (lambda: patch_discriminator(6, 3, 64, "batch"), 2_768_705),
        (lambda: patch_discriminator(6, 3, 64, "instance"), 2_767_809),
        (lambda: pixel_discriminator(6, 64, "batch"), 9_024),
    ],
)
def test_parameter_counts(build, expected):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in build().parameters()) == expected


def test_the_defaults_are_the_published_recipe():
    book = TextbookPix2Pix(1, 1, device="meta")
    settings = book.optimisers["generator"].param_groups[0]
    assert (settings["lr"], settings["betas"]) == (2e-4, (0.5, 0.999))
    assert (book.lambda_l1, book.lambda_gan, book.gan_mode) == (100, 1, "vanilla")
    drops = [layer for layer in book.generator.modules() if isinstance(layer, nn.Dropout)]
    assert len(drops) == 3


def test_a_copy_needs_the_same_shapes():
    with pytest.raises(ValueError, match=r"\(1, 2\) for \(1, 3\)"):
        copy_weights(nn.Linear(2, 1), nn.Linear(3, 1))


def test_training_makes_the_l1_smaller():
    torch.manual_seed(0)
    book = TextbookPix2Pix(
        1, 1, generator="unet_16", generator_filters=8, discriminator_filters=8,
        discriminator_layers=1, learning_rate=2e-3,
    )  # fmt: skip
    x = torch.randint(0, 2, (2, 1, 32, 32)).float()
    losses = [float(book.step(x, x - 0.5)["g_l1"]) for _ in range(30)]
    assert losses[-1] < 0.5 * losses[0]
