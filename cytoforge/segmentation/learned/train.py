"""Train a small network on labelled fields, within minutes to an hour on a CPU."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cytoforge.seeds import derive_seed, generator
from cytoforge.segmentation.learned.augment import OTHERS, SCALES, cut_tile
from cytoforge.segmentation.learned.loss import instance_loss
from cytoforge.segmentation.learned.maps import target_maps
from cytoforge.segmentation.learned.network import InstanceNetwork, InstanceUNet

logger = logging.getLogger(__name__)

LOG_EVERY = 100
_AVERAGE = 0.995  # of the weights that are kept


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    widths : channels of the network's levels; not used when one is trained on
    learning_rate : of AdamW at its highest, one cycle (Smith and Topin 2019, arXiv:1708.07120)
    """

    steps: int = 2000
    batch_size: int = 8
    tile_px: int = 128
    widths: tuple[int, ...] = (16, 32, 64, 128, 128)
    learning_rate: float = 3e-3
    seed: int = 1


Field = tuple[np.ndarray, np.ndarray]
"""Pixels as the network's input has them, float32 (C, Y, X), and instance labels, (Y, X)."""


def train(
    fields: Mapping[str, Field], kind: str, recipe: Recipe, initial: InstanceNetwork | None = None
) -> InstanceNetwork:
    """Return a network trained on some fields; the same seed gives the same weights.

    Parameters
    ----------
    kind : of the input, see `INPUTS`: says how tiles are augmented
    initial : trained on instead of a new one: fine-tuning
    """
    torch.manual_seed(derive_seed(recipe.seed, "weights"))
    channels = next(iter(fields.values()))[0].shape[0]
    network = initial or InstanceUNet(channels, recipe.widths)
    network.requires_grad_(True).train()
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=recipe.steps
    )
    for step in range(recipe.steps):
        image, classes, distance = _batch(fields, kind, recipe, step)
        loss = instance_loss(network(image), classes, distance)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        _average(kept, network, min(_AVERAGE, (step + 1) / (step + 10)))
        if step % LOG_EVERY == 0:
            logger.info("step %d of %d: loss %.3f", step, recipe.steps, loss.item())
    network.load_state_dict(kept)
    return network.eval()


def _batch(
    fields: Mapping[str, Field], kind: str, recipe: Recipe, step: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return image, classes and distance of the tiles of a step, a function of seed and step."""
    names = sorted(fields)
    tiles: list[Sequence[np.ndarray]] = []
    for slot in range(recipe.batch_size):
        random = generator(recipe.seed, "tile", step, slot)
        pixels, labels = fields[names[int(random.integers(len(names)))]]
        tile, own = cut_tile(pixels, labels, recipe.tile_px, SCALES[kind], random)
        tiles.append((OTHERS[kind](tile, own, random).astype(np.float32), *target_maps(own)))
    image, classes, distance = (
        torch.from_numpy(np.stack(planes)) for planes in zip(*tiles, strict=True)
    )
    return image, classes, distance


def _average(kept: dict[str, Tensor], network: InstanceNetwork, weight: float) -> None:
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                kept[name].lerp_(value, 1 - weight)
            else:
                kept[name].copy_(value)
