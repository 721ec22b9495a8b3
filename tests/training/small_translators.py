"""Small translators, tiles of two domains for them, and the same models in the textbook."""

import torch

from benchmarks.textbook.cut import TextbookCut
from benchmarks.textbook.cyclegan import TextbookCycleGan
from benchmarks.textbook.pix2pix import copy_weights
from cytoforge.compute.steps import Batch
from cytoforge.config.training import TrainingConfig, config_class
from cytoforge.models.cut.model import Cut
from cytoforge.models.cyclegan.model import CycleGan
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model

CPU = torch.device("cpu")
SIDE = 32
SMALL = {"generator_filters": 4, "discriminator_filters": 4, "discriminator_layers": 1}
SMALL |= {"batch_size": 2, "steps": 6, "validate_every": 2, "cpu_threads": 1}
OWN = {
    "cyclegan": {"generator": "resnet_6", "pool_size": 0},
    "cut": {"generator": "resnet_6", "head_filters": 8, "nce_patches": 16},
}


def config(model: str, **overrules: object) -> TrainingConfig:
    return config_class(model)(**{**SMALL, **OWN[model], **overrules})


def batch(rows: int = 2, side: int = SIDE, seed: int = 3) -> Batch:
    random = torch.Generator().manual_seed(seed)
    a, b = torch.rand(2, rows, 3, side, side, generator=random) * 2 - 1
    return Batch({"images_a": a, "images_b": b})


def built(model: str, seed: int = 5, setup: dict[str, object] | None = None, **overrules: object):
    return build_model(
        model, ModelSetup(config(model, **overrules), 0, 3, seed, CPU, **setup or {})
    )


def textbook_cyclegan(ours: CycleGan) -> TextbookCycleGan:
    """The textbook's CycleGAN with the weights of ours."""
    shared = ("generator", "generator_filters", "discriminator_filters", "discriminator_layers")
    shared += ("lambda_cycle", "identity", "pool_size", "learning_rate")
    book = TextbookCycleGan(3, **{name: getattr(ours.config, name) for name in shared})
    return with_weights(book, ours)


def textbook_cut(ours: Cut) -> TextbookCut:
    """The textbook's CUT with the weights of ours."""
    shared = ("generator", "generator_filters", "discriminator_filters", "discriminator_layers")
    shared += ("head_filters", "lambda_nce", "learning_rate")
    book = TextbookCut(
        3,
        patches=ours.config.nce_patches,
        identity=ours.config.nce_identity,
        mirror=ours.config.flip_equivariance,
        **{name: getattr(ours.config, name) for name in shared},
    )
    return with_weights(book, ours)


def with_weights(book, ours):
    for name, network in ours.networks.items():
        copy_weights(network, book.networks[name])
    return book
