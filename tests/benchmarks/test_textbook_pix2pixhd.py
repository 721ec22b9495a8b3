"""The yardstick itself, against the public implementation's numbers."""

import pytest
import torch
from torch import nn

from benchmarks.textbook.pix2pixhd import (
    GlobalGenerator,
    LocalEnhancer,
    MultiscaleDiscriminator,
    TextbookPix2PixHD,
    gan_loss,
    matching_loss,
    mean_of_each_region,
)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: GlobalGenerator(3, 3, 64, 4, 9), 182_443_267),
        (lambda: GlobalGenerator(36, 3, 64, 4, 9), 182_546_755),
        (lambda: GlobalGenerator(1, 1, 64, 4, 9), 182_430_721),
        (lambda: LocalEnhancer(3, 3, 32, 4, 9, 3), 182_701_827),
        (lambda: LocalEnhancer(36, 3, 32, 4, 9, 3), 182_857_059),
        (lambda: MultiscaleDiscriminator(6, 64, 3, 1), 2_767_809),
        (lambda: MultiscaleDiscriminator(6, 64, 3, 2), 5_535_618),
        (lambda: MultiscaleDiscriminator(6, 64, 3, 3), 8_303_427),
        (lambda: GlobalGenerator(3, 3, 16, 4, 0), 788_803),  # the feature encoder
    ],
)
def test_parameter_counts(build, expected):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in build().parameters()) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"generator": 182_546_755, "discriminator": 5_603_202}),
        (
            {"generator": "local", "features": 3},
            # Three features more that the first layers see: 7 × 7 to 64 and to 32 filters.
            {
                "generator": 182_857_059 + 3 * 49 * (64 + 32),
                "discriminator": 5_603_202,
                "encoder": 788_803,
            },
        ),
    ],
)
def test_the_default_networks_are_the_published_ones(settings, expected):
    # 35 labels and their borders, to RGB. The discriminators see 33 channels more than above, each
    # with 64 filters of 4 × 4 at two scales.
    with torch.device("meta"):
        book = TextbookPix2PixHD(36, 3, device="meta", **settings)
    sizes = {
        name: sum(weight.numel() for weight in network.parameters())
        for name, network in book.networks.items()
    }
    assert sizes == expected


def test_the_defaults_are_the_published_recipe():
    with torch.device("meta"):
        book = TextbookPix2PixHD(4, 3, device="meta", features=3)
    for optimiser in book.optimisers.values():
        settings = optimiser.param_groups[0]
        assert (settings["lr"], settings["betas"]) == (2e-4, (0.5, 0.999))
    assert (book.gan_mode, book.lambda_features, book.lambda_vgg) == ("lsgan", 10, 10)


def test_losses_by_hand():
    # Two scales, each of two layers and logits.
    def scales(*values: float) -> list[list[torch.Tensor]]:
        return [[torch.full((1, 1, 2, 2), float(value))] * 3 for value in values]

    assert gan_loss(scales(0.5, 3), True, "lsgan").item() == 0.5**2 + 2**2
    assert gan_loss(scales(0.5, 3), False, "lsgan").item() == 0.5**2 + 3**2
    # 4 / (1 strided layer + 1) / 2 scales, for each of two layers.
    assert matching_loss(scales(1, 5), scales(0, 3)).item() == 2 * (1 + 2)


def test_regions_are_codes_of_instances():
    features = torch.tensor([[[[1.0, 3.0, 5.0, 9.0]]]])
    labels = torch.tensor([[[0, 0, 1, 1]]])
    instances = torch.tensor([[[7, 7, 7, 8]]])
    assert mean_of_each_region(features, labels, instances).tolist() == [[[[2, 2, 5, 9]]]]


def test_training_makes_the_vgg_loss_smaller():
    torch.manual_seed(0)
    book = TextbookPix2PixHD(
        1, 1, generator_filters=8, downsamplings=1, blocks=1, discriminator_filters=4,
        discriminator_layers=1, learning_rate=2e-3, vgg=nn.functional.l1_loss,
    )  # fmt: skip
    x = torch.randint(0, 2, (2, 1, 32, 32)).float()
    losses = [float(book.step(x, x - 0.5)["g_vgg"]) for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]
