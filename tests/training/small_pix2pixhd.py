"""The smallest pix2pixHD, a batch for it, and the same model in the textbook."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from skimage.segmentation import find_boundaries
from torch import Tensor, nn

from benchmarks.textbook.pix2pixhd import TextbookPix2PixHD
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.pix2pixhd.model import Pix2PixHD
from tests.training.small_pix2pix import without_norms

CPU = torch.device("cpu")
N_CODES = 3
SHAPE = {  # of the smallest networks, in both forms
    "generator_filters": 8,
    "downsamplings": 2,
    "blocks": 2,
    "discriminator_filters": 4,
    "discriminator_layers": 2,
    "encoder_filters": 4,
}


def config(**overrules: object) -> Pix2PixHDConfig:
    values = {**SHAPE, "enhancer_blocks": 1, "batch_size": 2, "select_by": "last"}
    return Pix2PixHDConfig(**{**values, **overrules})


def model(
    settings: Pix2PixHDConfig, channels: int = 2, seed: int = 5, **setup: object
) -> Pix2PixHD:
    return Pix2PixHD(ModelSetup(settings, N_CODES, channels, seed, CPU, **setup))


def batch(channels: int = 2, side: int = 32) -> Batch:
    random = torch.Generator().manual_seed(3)

    def blocks(values: int, size: int) -> Tensor:
        found = torch.randint(0, values, (2, side // size, side // size), generator=random)
        return found.repeat_interleave(size, 1).repeat_interleave(size, 2)

    real = torch.rand(2, channels, side, side, generator=random) * 2 - 1
    maps = {"labels": blocks(N_CODES, 4).byte(), "instances": blocks(4, 8).int()}
    return Batch({**maps, "images": real})


def condition(tiles: Batch) -> Tensor:
    """What the textbook's networks see, made without a line of the package."""
    codes = F.one_hot(tiles["labels"].long(), N_CODES).permute(0, 3, 1, 2).float()
    borders = [find_boundaries(each, connectivity=1) for each in tiles["instances"].numpy()]
    return torch.cat([codes, torch.from_numpy(np.stack(borders)[:, None]).float()], 1)


def squared(fake: Tensor, real: Tensor) -> Tensor:
    """Stand in for the VGG loss, which has a test of its own."""
    return (fake - real).square().mean()


def textbook(settings: Pix2PixHDConfig, generator: str, vgg: Callable | None) -> TextbookPix2PixHD:
    book = TextbookPix2PixHD(
        N_CODES + 1,
        2,
        **SHAPE,
        generator=generator,
        enhancer_blocks=1,
        gan_mode=settings.gan_mode,
        features=settings.feature_channels if settings.feature_encoder else 0,
        vgg=vgg,
    )
    if settings.norm == "none":
        for network in book.networks.values():
            without_norms(network)
    return book


def same_gradients(ours: nn.Module, book: nn.Module, rate: float = 2e-4) -> None:
    """Compare gradients, and weights after Adam's first step."""
    largest = max(float(weight.grad.abs().max()) for weight in book.parameters())
    for mine, theirs in zip(ours.parameters(), book.parameters(), strict=True):
        scale = float(theirs.grad.abs().max())
        if scale < 1e-5 * largest:  # a bias before instance norm: nothing but rounding errors
            assert mine.grad.abs().max() < 1e-5 * largest
            continue
        # Where large terms cancel, their rounding errors remain.
        atol = max(1e-5 * scale, 3e-6 * largest)
        torch.testing.assert_close(mine.grad, theirs.grad, atol=atol, rtol=1e-5)
        clear = theirs.grad.abs() > 1e-4 * scale  # Adam's first step is a sign: noise elsewhere
        torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-3 * rate, rtol=1e-5)
