"""A small pix2pix, a batch for it, the same model in the textbook, and how the two are compared."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.textbook.pix2pix import TextbookPix2Pix, copy_weights
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.model import Pix2Pix

CPU = torch.device("cpu")
N_CODES = 3


def batch(channels: int = 2) -> Batch:
    random = torch.Generator().manual_seed(3)
    labels = torch.randint(0, N_CODES, (2, 128, 128), generator=random, dtype=torch.uint8)
    real = torch.rand(2, channels, 128, 128, generator=random) * 2 - 1
    return Batch({"labels": labels, "images": real})


def model(config: Pix2PixConfig, channels: int = 2, seed: int = 5, **setup: object) -> Pix2Pix:
    return Pix2Pix(ModelSetup(config, N_CODES, channels, seed, CPU, **setup))


def one_hot(labels: torch.Tensor, n_codes: int = N_CODES) -> torch.Tensor:
    planes = F.one_hot(labels.long(), n_codes).permute(0, 3, 1, 2).float()
    return planes.contiguous()  # dropout draws its mask in the order of memory


def textbook_of(ours: Pix2Pix, inputs: int, outputs: int) -> TextbookPix2Pix:
    """The textbook's model with the weights of ours."""
    config = ours.config
    shared = (
        *("generator", "generator_filters", "dropout", "gan_mode"),
        *("discriminator", "discriminator_filters", "discriminator_layers"),
        *("lambda_l1", "lambda_gan", "lambda_gp", "learning_rate"),
    )
    norms = {"norm": config.norm, "discriminator_norm": config.norm_of_discriminator}
    book = TextbookPix2Pix(
        inputs,
        outputs,
        # Without norms the biases are those that instance norm has.
        **{name: "instance" if norm == "none" else norm for name, norm in norms.items()},
        **{name: getattr(config, name) for name in shared},
    )
    if config.norm == "none":
        without_norms(book.generator)
    if config.norm_of_discriminator == "none":
        without_norms(book.discriminator)
    for name, network in ours.networks.items():
        copy_weights(network, book.networks[name])
    return book


def without_norms(network: nn.Module) -> None:
    """Take the instance norms, which have no weights, out of a network."""
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.InstanceNorm2d):
                setattr(parent, name, nn.Identity())


def close_networks(ours: nn.Module, book: nn.Module, share: float = 1e-5) -> None:
    """Compare gradients, to a share of the largest, weights after a step of Adam, and running
    statistics."""
    # Where a norm follows, a bias changes nothing: its gradient is the rounding of a sum that is 0.
    # So "small" is measured by the largest gradient of the whole network.
    scale = max(float(weight.grad.abs().max()) for weight in book.parameters())
    for mine, theirs in zip(ours.parameters(), book.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=share * scale, rtol=1e-5)
        clear = theirs.grad.abs() > 1e-3 * scale  # Adam's first step is a sign: noise elsewhere
        torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-6, rtol=1e-5)
    for mine, theirs in zip(ours.buffers(), book.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)


def close_losses(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert set(found) == set(expected)
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, atol=1e-5, rtol=1e-5)


def close_gradients(ours: nn.Module, book: nn.Module, share: float) -> None:
    """Compare each gradient by its own largest value; noise where that is nothing."""
    nothing = 1e-9 * max(float(weight.grad.abs().max()) for weight in book.parameters())
    for mine, theirs in zip(ours.parameters(), book.parameters(), strict=True):
        own = share * float(theirs.grad.abs().max())
        torch.testing.assert_close(mine.grad, theirs.grad, atol=own + nothing, rtol=0)
