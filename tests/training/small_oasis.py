"""The smallest OASIS, a batch for it, and the same model in the textbook."""

import re

import torch
from torch import nn

from benchmarks.textbook.oasis import TextbookOasis
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.oasis.config import OasisConfig
from cytoforge.models.oasis.model import Oasis

CPU = torch.device("cpu")
N_CODES, CHANNELS, SIDE = 3, 2, 32


def config(**overrules: object) -> OasisConfig:
    values = {
        "batch_size": 2,
        "generator_filters": 2,
        "blocks": 3,
        "noise_channels": 4,
        "spade_filters": 8,
        "discriminator_filters": 8,
        "discriminator_blocks": 3,
        "wavelet_discriminator_filters": 4,
        "wavelet_discriminator_stages": 2,
    }
    return OasisConfig(**{**values, **overrules})


def model(precision: str = "fp32", seed: int = 5, **overrules: object) -> Oasis:
    setup = ModelSetup(config(**overrules), N_CODES, CHANNELS, seed, CPU, precision=precision)
    return Oasis(setup)


def batch(size: int = 2) -> Batch:
    random = torch.Generator().manual_seed(3)
    blocks = torch.randint(0, N_CODES, (size, 8, 8), generator=random, dtype=torch.uint8)
    labels = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2)
    real = torch.rand(size, CHANNELS, SIDE, SIDE, generator=random) * 2 - 1
    return Batch({"labels": labels, "images": real})


def textbook(ours: Oasis, config: OasisConfig) -> TextbookOasis:
    """Return the textbook's model with the weights of ours."""
    book = TextbookOasis(
        N_CODES,
        CHANNELS,
        supervision=config.supervision,
        wavelet_generator=config.generator == "wavelet",
        wavelet_discriminator=config.wavelet_discriminator,
        generator_filters=config.generator_filters,
        blocks=config.blocks,
        noise_channels=config.noise_channels,
        spade_filters=config.spade_filters,
        spade_norm=config.spade_norm,
        discriminator_filters=config.discriminator_filters,
        discriminator_blocks=config.discriminator_blocks,
        wavelet_filters=config.wavelet_discriminator_filters,
        wavelet_stages=config.wavelet_discriminator_stages,
        fresh_fakes=config.fresh_fakes,
        lambda_labelmix=config.lambda_labelmix,
        r1_gamma=config.r1_gamma,
        r1_every=config.r1_every,
        learning_rate=config.learning_rate,
        discriminator_rate=config.discriminator_rate,
        wavelet_rate=config.wavelet_discriminator_rate,
    )
    for name, network in ours.networks.items():
        theirs = dict(book.networks[name].named_parameters())
        with torch.no_grad():
            for key, value in named_like_the_textbook(network, "weights"):
                theirs.pop(key).copy_(value)
        assert not theirs, f"{name} has no {list(theirs)}"
    return book


def named_like_the_textbook(network: nn.Module, what: str) -> list[tuple[str, torch.Tensor]]:
    """Return weights or gradients; γ and β of SPADE, one convolution here, are two there."""
    found = []
    for name, weight in network.named_parameters():
        value = weight.detach() if what == "weights" else weight.grad
        if ".gamma_beta." in name:
            gamma, beta = value.chunk(2)
            found.append((name.replace("gamma_beta", "gamma"), gamma))
            found.append((name.replace("gamma_beta", "beta"), beta))
        else:
            found.append((textbook_name(name), value))
    return found


def gradients_of(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.grad.clone() for name, weight in network.named_parameters()}


def textbook_name(name: str) -> str:
    """There, a layer and the bias and activation after it are one."""
    patterns = {
        r"from_bands\.(\d+)\.\d\.": r"from_bands.\1.",
        r"stages\.(\d+)\.[01]\.": r"keep.\1.",
        r"stages\.(\d+)\.[34]\.": r"halve.\1.",
        r"mix\.\d\.": "mix.",
        r"dense\.[01]\.": "dense.",
        r"dense\.2\.": "output.",
    }
    for ours, theirs in patterns.items():
        name = re.sub("^" + ours, theirs, name)
    return name
