"""The smallest StyleGANs, tiles for them, and StyleGAN2 in the textbook."""

import itertools

import torch
from torch import Tensor

from benchmarks.textbook.stylegan2 import TextbookStyleGan2
from cytoforge.compute.steps import Batch
from cytoforge.config.training import config_class
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.models.stylegan_model import StyleGanModel

CPU = torch.device("cpu")
N_CODES, SIDE = 3, 16
SMALL = {
    "batch_size": 4,
    "stddev_group": 2,
    "latent_channels": 8,
    "mapping_layers": 2,
    "channel_base": 64,
    "channel_max": 8,
}
MODELS = ("stylegan2", "stylegan3_t", "stylegan3_r")


def model(name: str = "stylegan2", micro_batches: int = 1, **overrules: object) -> StyleGanModel:
    config = config_class(name)(**{**SMALL, **overrules}).for_tiles(SIDE)
    setup = ModelSetup(config, N_CODES, 1, 5, CPU, micro_batches=micro_batches)
    return build_model(name, setup)


def batch(size: int = 4, side: int = SIDE) -> Batch:
    """Tiles of squares of one code on another, each with its distance."""
    random = torch.Generator().manual_seed(3)
    blocks = torch.randint(0, N_CODES, (size, side // 4, side // 4), generator=random)
    labels = blocks.to(torch.uint8).repeat_interleave(4, 1).repeat_interleave(4, 2)
    return Batch({"labels": labels, "distances": (labels > 0).float() * 2 - 1})


def textbook(ours: StyleGanModel) -> TextbookStyleGan2:
    """Return the textbook's model with the weights of ours."""
    config, drawer = ours.config, ours.drawer
    book = TextbookStyleGan2(
        drawer.out_channels,
        drawer.size_px,
        squash=drawer.format.squashed,
        styles=config.latent_channels,
        layers=config.mapping_layers,
        base=config.channel_base,
        most=config.channel_max,
        group=config.stddev_group,
        gamma=ours.gamma,
        r1_every=config.r1_every,
        path_weight=config.path_weight,
        path_every=config.path_every,
        rate=config.learning_rate,
    )
    with torch.no_grad():
        for theirs, mine in pairs(book, ours):
            theirs.copy_(mine)
    return book


def pairs(book: TextbookStyleGan2, ours: StyleGanModel) -> list[tuple[Tensor, Tensor]]:
    """Return each weight of the textbook with that of ours."""
    mine, theirs = ours.drawer.generator, book.generator
    found = [(theirs.start, mine.start)]
    for a, b in zip(theirs.mapping, mine.mapping.layers, strict=True):
        found += [(a.weight, b.weight), (a.bias, b.bias)]
    layers = zip(
        [theirs.first, *theirs.layers], [mine.first, *itertools.chain(*mine.stages)], strict=True
    )
    for a, b in layers:
        inner = b.convolution
        found += [(a.weight, inner.weight), (a.bias, b.activation.bias)]
        found += [(a.noise_strength, b.noise_strength)]
        found += [(a.affine.weight, inner.affine.weight), (a.affine.bias, inner.affine.bias)]
    for a, b in zip(theirs.pictures, mine.to_picture, strict=True):
        found += [(a.weight, b.weight), (a.bias, b.bias)]
        found += [(a.affine.weight, b.affine.weight), (a.affine.bias, b.affine.bias)]
    judge, theirs = ours.networks["discriminator"], book.discriminator
    found += [*_both(theirs.first, judge.from_picture), *_both(theirs.mix, judge.mix)]
    for a, b, stage in zip(theirs.keeps, theirs.halves, judge.stages, strict=True):
        found += [*_both(a, stage[:2]), *_both(b, stage[3:])]
    found += [(a.weight, b[1].weight) for a, b in zip(theirs.skips, judge.skips, strict=True)]
    found += _both(theirs.dense, judge.dense)
    return [*found, *_both(theirs.output, [judge.dense[2]] * 2)]


def _both(theirs: torch.nn.Module, mine) -> list[tuple[Tensor, Tensor]]:
    return [(theirs.weight, mine[0].weight), (theirs.bias, mine[1].bias)]
